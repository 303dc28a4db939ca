from accounts.models.profile import Profile
from accounts.models.user import User, UserManager

__all__ = ["Profile", "User", "UserManager"]
