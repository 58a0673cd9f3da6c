//! The texts of mails about accounts.

use crate::notify::NewMail;

pub(super) fn verify(to: &str, name: &str, public_url: &str, token: &str) -> NewMail {
    NewMail {
        to: to.to_owned(),
        kind: "verify_address".to_owned(),
        subject: "Confirm your e-mail address for Daybill".to_owned(),
        body: format!(
            "Hello {name},\n\nopen this link to confirm that this address is yours:\n\n\
             {public_url}/verify?token={token}\n\n\
             It works once, for 24 hours. Then sign in with the password you chose.\n\n\
             If you did not sign up for Daybill, do not open the link; without it nothing happens.\n"
        ),
    }
}

pub(super) fn already_signed_up(to: &str, name: &str, public_url: &str) -> NewMail {
    NewMail {
        to: to.to_owned(),
        kind: "already_signed_up".to_owned(),
        subject: "You already have a Daybill account".to_owned(),
        body: format!(
            "Hello {name},\n\nsomebody tried to sign up for Daybill with this address, which has an account \
             already. If it was you, sign in:\n\n{public_url}/sign-in\n\n\
             If it was not you, you need not do anything. Nothing was changed.\n"
        ),
    }
}
