//! Accounts and sign-ins.

use application::auth::{Registration, SignedIn};
use domain::SessionId;
use domain::session::Session;
use domain::value::{AvatarUrl, DisplayName, Email, Login, Password, Username};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::{OwnProfileDto, Time};
use crate::input::{Field, Fields, Request, rule};

/// What somebody tells of themselves who signs up. Username or e-mail must be given.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = "RegisterDto::names_somebody"))]
pub struct RegisterDto {
    /// The name to sign in by: 3 to 32 of `a-z 0-9 . _ -`, starting with a letter or digit; upper case is lowered.
    /// Made from the e-mail when left out.
    #[schema(value_type = Option<String>, min_length = 3, max_length = 32, example = "ada")]
    #[serde(default)]
    pub username: Field<String>,
    /// The address to sign in by; it compares without case.
    #[schema(value_type = Option<String>, max_length = 254, example = "ada@example.org")]
    #[serde(default)]
    pub email: Field<String>,
    /// The name to show: 1 to 255 characters on one line; the username when left out.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Ada Lovelace")]
    #[serde(default)]
    pub name: Field<String>,
    /// The password: 8 to 128 characters.
    #[schema(value_type = String, required = true, format = Password, min_length = 8, max_length = 128, example = "correct horse")]
    #[serde(default)]
    pub password: Field<String>,
    /// An http or https URL of at most 500 characters.
    #[schema(value_type = Option<String>, max_length = 500, example = "https://example.org/ada.png")]
    #[serde(default)]
    pub avatar: Field<String>,
}

impl RegisterDto {
    fn names_somebody(&self) -> Result<(), ValidationError> {
        if self.username.is_missing() && self.email.is_missing() {
            return Err(rule("username", "username or email must be given"));
        }
        Ok(())
    }
}

impl Request for RegisterDto {
    type Command = Registration;

    fn read(self, fields: &mut Fields) -> Option<Registration> {
        let username = fields.optional("username", self.username, Username::parse);
        let email = fields.optional("email", self.email, Email::parse);
        let name = fields.optional("name", self.name, DisplayName::parse);
        let password = fields.required("password", self.password, Password::parse);
        let avatar = fields.optional("avatar", self.avatar, AvatarUrl::parse);
        Some(Registration { username, email, name, password: password?, avatar })
    }
}

/// Who somebody says they are. Exactly one of username and e-mail must be given.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = "LoginDto::names_one"))]
pub struct LoginDto {
    /// The username.
    #[schema(value_type = Option<String>, example = "ada")]
    #[serde(default)]
    pub username: Field<String>,
    /// Or the e-mail address.
    #[schema(value_type = Option<String>, example = json!(null))]
    #[serde(default)]
    pub email: Field<String>,
    /// The password.
    #[schema(value_type = String, required = true, format = Password, min_length = 1, max_length = 128, example = "correct horse")]
    #[serde(default)]
    pub password: Field<String>,
}

impl LoginDto {
    fn names_one(&self) -> Result<(), ValidationError> {
        if self.username.is_missing() == self.email.is_missing() {
            return Err(rule("username", "exactly one of username and email must be given"));
        }
        Ok(())
    }
}

impl Request for LoginDto {
    type Command = (Login, Password);

    fn read(self, fields: &mut Fields) -> Option<(Login, Password)> {
        let username = fields.optional("username", self.username, Username::parse).map(Login::Username);
        let email = fields.optional("email", self.email, Email::parse).map(Login::Email);
        let password = fields.required("password", self.password, Password::presented);
        Some((username.or(email)?, password?))
    }
}

/// A refresh token to continue a session by.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshDto {
    /// The refresh token got last. It is spent by this.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 512, example = "AZLwwTCKe4ChBv1zH6K3hAAAAAAAAAAAq3Jm")]
    #[serde(default)]
    pub refresh_token: Field<String>,
}

impl Request for RefreshDto {
    type Command = String;

    fn read(self, fields: &mut Fields) -> Option<String> {
        fields.required("refreshToken", self.refresh_token, |token| match token.len() {
            1..=512 => Ok(token.to_owned()),
            _ => Err(domain::error::Invalid("must be 1 to 512 characters")),
        })
    }
}

/// What a person holds who has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedInDto {
    /// Goes into `Authorization: Bearer …` of every call.
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTkyZjBjMSJ9.c2lnbmF0dXJl")]
    pub access_token: String,
    /// Continues the session, once.
    #[schema(example = "AZLwwTCKe4ChBv1zH6K3hAAAAAAAAAAAq3Jm")]
    pub refresh_token: String,
    /// Always `Bearer`.
    #[schema(value_type = String, example = "Bearer")]
    pub token_type: &'static str,
    /// How many seconds the access token holds.
    #[schema(example = 900)]
    pub expires_in: u64,
    /// Who signed in.
    pub user: OwnProfileDto,
}

impl From<SignedIn> for SignedInDto {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.access.token,
            refresh_token: signed_in.refresh_token,
            token_type: "Bearer",
            expires_in: signed_in.access.expires_in.as_secs(),
            user: signed_in.user.into(),
        }
    }
}

/// One sign-in on one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionDto {
    /// Which one.
    #[schema(example = "0192f0c1-308a-7b80-a106-fd731fa2b784")]
    pub id: Uuid,
    /// What the client called itself.
    #[schema(example = "Firefox on Linux")]
    pub device: Option<String>,
    /// When the person signed in.
    pub created_at: Time,
    /// When it was last continued.
    pub last_used_at: Time,
    /// Whether this call came by it.
    #[schema(example = true)]
    pub current: bool,
}

impl SessionDto {
    /// A session as it looks from the session `current`.
    pub fn seen_from(current: SessionId, session: Session) -> Self {
        Self {
            id: session.id.0,
            current: session.id == current,
            device: session.device,
            created_at: session.created_at.into(),
            last_used_at: session.last_used_at.into(),
        }
    }
}
