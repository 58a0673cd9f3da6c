//! The sender `outbox:`: mails go nowhere and stay readable under `/sandbox/mail`.

use async_trait::async_trait;

use super::{Mail, MailSender, SendError, pg};
use crate::Domain;
use crate::db::DbRole;

/// Keeps mails in table `mails`.
pub struct KeepMails {
    domain: Domain,
}

impl KeepMails {
    pub fn new(domain: &Domain) -> Self {
        Self { domain: domain.clone() }
    }
}

#[async_trait]
impl MailSender for KeepMails {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let kept = async {
            let mut tx = self.domain.db.system(DbRole::Worker).await?;
            pg::insert_mail(tx.conn(), mail, self.domain.clock.now()).await?;
            tx.commit().await
        };
        kept.await.map_err(|error: sqlx::Error| SendError::Later(error.to_string()))
    }
}
