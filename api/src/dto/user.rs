//! People.

use application::auth::PasswordChange;
use domain::user::{Profile, ProfileChange, User};
use domain::value::{AvatarUrl, DisplayName, Email, Password, Username};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::Time;
use crate::input::{Field, Fields, Request};

/// A person where they speak or take part. A deleted one has no username and is named "Deleted user".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileDto {
    /// Who it is.
    #[schema(example = "0192f0c1-2f66-7a80-9a3c-3d0f6f5b1c11")]
    pub id: Uuid,
    /// The name to sign in by.
    #[schema(example = "ada")]
    pub username: Option<String>,
    /// The name to show.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// The address of a picture.
    #[schema(example = "https://example.org/ada.png")]
    pub avatar: Option<String>,
}

impl From<Profile> for ProfileDto {
    fn from(profile: Profile) -> Self {
        Self { id: profile.id.0, username: profile.username, name: profile.name, avatar: profile.avatar }
    }
}

/// What anyone who is signed in may know of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicProfileDto {
    /// The person.
    #[serde(flatten)]
    pub profile: ProfileDto,
    /// When the account was made.
    pub created_at: Time,
}

impl From<User> for PublicProfileDto {
    fn from(user: User) -> Self {
        Self { profile: Profile::from(&user).into(), created_at: user.created_at.into() }
    }
}

/// What a person sees of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnProfileDto {
    /// What others see too.
    #[serde(flatten)]
    pub public: PublicProfileDto,
    /// The address to sign in by, shown to nobody else.
    #[schema(example = "ada@example.org")]
    pub email: Option<String>,
    /// When profile or password last changed.
    pub updated_at: Time,
}

impl From<User> for OwnProfileDto {
    fn from(user: User) -> Self {
        let email = user.email.as_ref().map(|email| email.as_str().to_owned());
        let updated_at = user.updated_at.into();
        Self { public: user.into(), email, updated_at }
    }
}

/// What a person changes of their profile: what is left out stays, `null` takes e-mail or picture away.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeProfileDto {
    /// The name to show: 1 to 255 characters on one line.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255, example = "Ada L.")]
    #[serde(default)]
    pub name: Field<String>,
    /// The name to sign in by: 3 to 32 of `a-z 0-9 . _ -`, starting with a letter or digit; upper case is lowered.
    #[schema(value_type = String, required = false, min_length = 3, max_length = 32, example = "ada.l")]
    #[serde(default)]
    pub username: Field<String>,
    /// The address to sign in by, or `null` for none.
    #[schema(value_type = Option<String>, max_length = 254, example = "ada@example.org")]
    #[serde(default)]
    pub email: Field<String>,
    /// An http or https URL of at most 500 characters, or `null` for none.
    #[schema(value_type = Option<String>, max_length = 500, example = "https://example.org/ada.png")]
    #[serde(default)]
    pub avatar: Field<String>,
}

impl Request for ChangeProfileDto {
    type Command = ProfileChange;

    fn read(self, fields: &mut Fields) -> Option<ProfileChange> {
        Some(ProfileChange {
            name: fields.changed("name", self.name, DisplayName::parse),
            username: fields.changed("username", self.username, Username::parse),
            email: fields.clearable("email", self.email, Email::parse),
            avatar: fields.clearable("avatar", self.avatar, AvatarUrl::parse),
        })
    }
}

/// Another password.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePasswordDto {
    /// The present password.
    #[schema(value_type = String, required = true, format = Password, min_length = 1, max_length = 128, example = "correct horse")]
    #[serde(default)]
    pub current_password: Field<String>,
    /// The next password: 8 to 128 characters.
    #[schema(value_type = String, required = true, format = Password, min_length = 8, max_length = 128, example = "battery staple")]
    #[serde(default)]
    pub new_password: Field<String>,
}

impl Request for ChangePasswordDto {
    type Command = PasswordChange;

    fn read(self, fields: &mut Fields) -> Option<PasswordChange> {
        let current = fields.required("currentPassword", self.current_password, Password::presented);
        let new = fields.required("newPassword", self.new_password, Password::parse);
        Some(PasswordChange { current: current?, new: new? })
    }
}

/// The confirmation that an account shall go.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteAccountDto {
    /// The password.
    #[schema(value_type = String, required = true, format = Password, min_length = 1, max_length = 128, example = "correct horse")]
    #[serde(default)]
    pub password: Field<String>,
}

impl Request for DeleteAccountDto {
    type Command = Password;

    fn read(self, fields: &mut Fields) -> Option<Password> {
        fields.required("password", self.password, Password::presented)
    }
}
