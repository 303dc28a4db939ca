from accounts.models.api_token import ApiToken, Scope
from accounts.models.former_username import FormerUsername
from accounts.models.profile import Profile
from accounts.models.user import User, UserManager

__all__ = ["ApiToken", "FormerUsername", "Profile", "Scope", "User", "UserManager"]
