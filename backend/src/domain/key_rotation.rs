//! From older encryption keys to the newest, while servers run, and which keys are still needed.

use std::collections::HashSet;

use super::Fault;
use crate::{
    ids::TotpId,
    store::{KeyUse, KeyUser, Occasion, Resealing, Sealed, Store, StoreError, TotpRecord},
    vault::{KeyId, OpenError, Vault, key_id, key_of},
};

/// So many rows are well read and written at once: a sign-in waits for no more than that.
pub const BATCH: u32 = 64;

/// What came of a rotation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// So many rows have an envelope of the newest key by it.
    pub resealed: u64,
    /// Ids of rows that do not open though their key is there: they stay as they are.
    pub damaged: Vec<String>,
}

/// A key, and what needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyNeed {
    /// The key.
    pub id: KeyId,
    /// Whether it is among the keys that there are.
    pub known: bool,
    /// Secrets of authenticator apps, one an account.
    pub totp_secrets: u64,
    /// Keys that sign session tokens.
    pub signing_keys: u64,
    /// Sets of backup codes, one an account. Their hashes cannot be made anew: a set needs its key
    /// until its owner makes new codes.
    pub backup_code_sets: u64,
}

impl KeyNeed {
    fn new(id: KeyId, known: bool) -> Self {
        Self {
            id,
            known,
            totp_secrets: 0,
            signing_keys: 0,
            backup_code_sets: 0,
        }
    }

    /// Whether anything in the database needs the key.
    pub const fn is_needed(&self) -> bool {
        self.totp_secrets + self.signing_keys + self.backup_code_sets > 0
    }

    /// What a rotation would take from it.
    const fn sealed(&self) -> u64 {
        self.totp_secrets + self.signing_keys
    }

    fn add(&mut self, used: &KeyUse) {
        *match used.user {
            KeyUser::TotpSecret => &mut self.totp_secrets,
            KeyUser::SigningKey => &mut self.signing_keys,
            KeyUser::BackupCodeSet => &mut self.backup_code_sets,
        } += used.rows;
    }
}

/// What needs each of the keys `known`, in their order; behind them those that the database needs
/// and that are not among them.
pub async fn needs(store: &dyn Store, known: &[KeyId]) -> Result<Vec<KeyNeed>, StoreError> {
    let mut needs: Vec<_> = known.iter().map(|id| KeyNeed::new(*id, true)).collect();
    for used in store.key_uses().await? {
        // What is too short to name a key is damaged, and needs none.
        let Some(id) = key_id(&used.key_id) else {
            continue;
        };
        if let Some(need) = needs.iter_mut().find(|need| need.id == id) {
            need.add(&used);
        } else {
            let mut need = KeyNeed::new(id, false);
            need.add(&used);
            needs.push(need);
        }
    }
    Ok(needs)
}

/// What needs the keys that the database needs and that are not among `known`. Quick where there is
/// none, however many rows there are.
pub async fn missing(store: &dyn Store, known: &[KeyId]) -> Result<Vec<KeyNeed>, StoreError> {
    let needed = store.key_ids().await?;
    // What is too short to name a key is damaged, and needs none.
    let mut needed = needed.iter().filter_map(|id| key_id(id));
    if needed.all(|id| known.contains(&id)) {
        return Ok(Vec::new());
    }
    let mut missing = needs(store, known).await?;
    missing.retain(|need| !need.known);
    Ok(missing)
}

/// Seals everything with the newest key that an older one seals, batch by batch. Stopped at any
/// moment it leaves every row whole, under one key or the other, and goes on when it is called
/// again. A row that changes in between is taken again. A batch is of `batch` rows.
///
/// `progress` is called after each batch: so many rows are done, of so many.
pub async fn rotate(
    store: &dyn Store,
    vault: &Vault,
    occasion: &Occasion,
    batch: u32,
    mut progress: impl FnMut(u64, u64),
) -> Result<Rotation, Fault> {
    let mut pass = Pass {
        store,
        vault,
        rows: batch,
        skipped: HashSet::new(),
    };
    let mut rotation = Rotation::default();
    let mut in_last_pass = None;
    loop {
        let ids = vault.key_ids();
        let needs = needs(store, &ids).await?;
        let older: Vec<_> = needs[1..].iter().filter(|need| need.sealed() > 0).collect();
        let left: u64 = older.iter().map(|need| need.sealed()).sum();
        let only_damaged = in_last_pass == Some(0) && left <= pass.skipped.len() as u64;
        if left == 0 || only_damaged {
            rotation.damaged = pass.skipped.into_iter().collect();
            rotation.damaged.sort();
            return Ok(rotation);
        }
        if in_last_pass.is_none() {
            // Before the first row: should it be stopped in the middle, it is on record too.
            store.note_key_rotation(occasion).await?;
        }
        pass.skipped.clear();
        let before = rotation.resealed;
        let of = before + left;
        // Servers look at these once a minute, and so learn of the new key.
        rotation.resealed += pass.signing_keys(ids[0]).await?;
        progress(rotation.resealed, of);
        for need in older {
            let mut after = None;
            while let Some((last, done)) = pass.batch(need.id, after.as_ref()).await? {
                after = Some(last);
                rotation.resealed += done;
                progress(rotation.resealed, of);
            }
        }
        in_last_pass = Some(rotation.resealed - before);
    }
}

/// One way through all rows.
struct Pass<'a> {
    store: &'a dyn Store,
    vault: &'a Vault,
    /// So many make a batch.
    rows: u32,
    /// Ids of rows that do not open.
    skipped: HashSet<String>,
}

impl Pass<'_> {
    async fn signing_keys(&mut self, newest: KeyId) -> Result<u64, Fault> {
        let mut resealings = Vec::new();
        for record in self.store.signing_keys().await? {
            if key_of(&record.sealed_key) == Some(newest) {
                continue;
            }
            let to = self.vault.reseal_signing_key(&record);
            if let Some(to) = self.opened(record.id.as_str(), to)? {
                resealings.push(Resealing {
                    sealed: Sealed::SigningKey(record.id),
                    from: record.sealed_key,
                    to,
                });
            }
        }
        Ok(self.store.reseal(&resealings).await?)
    }

    /// The next rows of that key: the last one's id, and how many are done. `None` after the last.
    async fn batch(
        &mut self,
        key: KeyId,
        after: Option<&TotpId>,
    ) -> Result<Option<(TotpId, u64)>, Fault> {
        let records = self
            .store
            .totps_sealed_with(key.as_bytes(), after, self.rows)
            .await?;
        let Some(last) = records.last().map(|record| record.id.clone()) else {
            return Ok(None);
        };
        let mut resealings = Vec::with_capacity(records.len());
        for record in records {
            resealings.extend(self.resealing(record)?);
        }
        let done = self.store.reseal(&resealings).await?;
        Ok(Some((last, done)))
    }

    fn resealing(&mut self, record: TotpRecord) -> Result<Option<Resealing>, Fault> {
        let to = self.vault.reseal_totp_secret(&record);
        Ok(self.opened(record.id.as_str(), to)?.map(|to| Resealing {
            sealed: Sealed::TotpSecret(record.id),
            from: record.sealed_secret,
            to,
        }))
    }

    /// A damaged row holds up no other; a key that is missing is a reason to stop.
    fn opened(
        &mut self,
        id: &str,
        resealed: Result<Vec<u8>, OpenError>,
    ) -> Result<Option<Vec<u8>>, Fault> {
        match resealed {
            Ok(envelope) => Ok(Some(envelope)),
            Err(OpenError::Broken) => {
                self.skipped.insert(id.to_owned());
                Ok(None)
            }
            Err(error @ OpenError::UnknownKey) => Err(error.into()),
        }
    }
}
