from accounts.models.api_token import ApiToken, Scope
from accounts.models.former_username import FormerUsername
from accounts.models.profile import Profile
from accounts.models.session import Session
from accounts.models.user import User, UserManager

__all__ = ["ApiToken", "FormerUsername", "Profile", "Scope", "Session", "User", "UserManager"]
