//! Tokens that were verified already: a signature costs more than everything else on the way of a
//! read. Keyed by a keyed digest of the whole token; the token itself is never kept.

use super::TokenFault;
use crate::caller::Identity;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

const SHARDS: usize = 16;

type Digest = [u8; 16];

#[derive(Debug)]
struct Entry {
    identity: Arc<Identity>,
    generation: u64,
}

/// A bounded cache for many readers.
#[derive(Debug)]
pub struct TokenCache {
    /// Without one nothing is kept.
    key: Option<DigestKey>,
    shards: Vec<RwLock<HashMap<Digest, Entry>>>,
    shard_entries: usize,
    /// Counts up when keys change; what was verified before counts for nothing then.
    generation: AtomicU64,
}

impl TokenCache {
    /// Room for about `entries` tokens.
    pub fn new(entries: usize) -> TokenCache {
        TokenCache {
            key: DigestKey::random(),
            shards: (0..SHARDS).map(|_| RwLock::new(HashMap::new())).collect(),
            shard_entries: entries.div_ceil(SHARDS).max(1),
            generation: AtomicU64::new(0),
        }
    }

    /// The identity of a token, from the cache or by `verify`. A token that has expired since is
    /// verified anew (and refused by that). Only good tokens are kept.
    ///
    /// # Errors
    /// What `verify` says.
    pub fn get_or_verify(
        &self,
        token: &[u8],
        now: i64,
        verify: impl FnOnce() -> Result<Identity, TokenFault>,
    ) -> Result<Arc<Identity>, TokenFault> {
        let Some(key) = self.key.as_ref().and_then(|key| key.digest(token)) else {
            return verify().map(Arc::new);
        };
        // Taken before verifying: if keys change meanwhile, the result must not be kept as new.
        let generation = self.generation.load(Ordering::Acquire);
        let shard = self.shard(&key);
        if let Some(shard) = shard {
            let entries = shard.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(entry) = entries.get(&key)
                && entry.generation == generation
                && now < entry.identity.expires_at
            {
                return Ok(Arc::clone(&entry.identity));
            }
        }
        let identity = Arc::new(verify()?);
        if let Some(shard) = shard
            && now < identity.expires_at
        {
            let mut entries = shard.write().unwrap_or_else(PoisonError::into_inner);
            if entries.len() >= self.shard_entries {
                entries.retain(|_, entry| entry.generation == generation && now < entry.identity.expires_at);
            }
            // Full of live tokens: half of them go, whichever; each costs one more verification.
            if entries.len() >= self.shard_entries {
                let mut keep = false;
                entries.retain(|_, _| {
                    keep = !keep;
                    keep && self.shard_entries > 1
                });
            }
            entries.insert(key, Entry { identity: Arc::clone(&identity), generation });
        }
        Ok(identity)
    }

    /// To be called whenever the keys or the trusted issuers change.
    pub fn invalidate(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: &Digest) -> Option<&RwLock<HashMap<Digest, Entry>>> {
        let [first, ..] = key;
        self.shards.get(usize::from(*first) % SHARDS)
    }
}

/// Makes digests of tokens: GMAC under a key of this process's own, a quarter of the work of SHA-256,
/// which would be the first choice if it weren't on the way of every read.
///
/// The nonce is always the same. That would be a fault where tags can be seen; here it makes of GMAC what
/// a table needs and no more, a universal hash: two different tokens have one digest under at most one in
/// 2^128 keys for each of their blocks of 16 bytes, so 1 in 2^120 for tokens of 4 KB. Whoever chooses
/// tokens never sees a digest, and learns of a look-up no more than whether it found something. Even the
/// key would not help: to be taken for another caller, a token has to have the digest of theirs, and for
/// that one must know theirs.
#[derive(Debug)]
struct DigestKey(LessSafeKey);

impl DigestKey {
    /// `None` when there are no random numbers to be had.
    fn random() -> Option<DigestKey> {
        let mut bytes = [0; 16];
        rand::fill(&mut bytes).ok()?;
        UnboundKey::new(&AES_128_GCM, &bytes).ok().map(LessSafeKey::new).map(DigestKey)
    }

    fn digest(&self, token: &[u8]) -> Option<Digest> {
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(token), &mut []).ok()?;
        tag.as_ref().try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::IdentityKind;
    use crate::permission::Permissions;
    use std::cell::Cell;
    use uuid::Uuid;

    fn identity(expires_at: i64) -> Identity {
        Identity {
            tenant: Uuid::nil(),
            principal: Uuid::nil(),
            app: Uuid::nil(),
            kind: IdentityKind::Application,
            is_ours: true,
            permissions: Permissions::NONE,
            name: String::new(),
            expires_at,
        }
    }

    #[test]
    fn verifies_once_until_the_end_or_new_keys() {
        let cache = TokenCache::new(100);
        let calls = Cell::new(0);
        let ask = |now| {
            cache.get_or_verify(b"a.b.c", now, || {
                calls.set(calls.get() + 1);
                if now < 100 { Ok(identity(100)) } else { Err(TokenFault::Expired) }
            })
        };
        assert!(ask(1).is_ok() && ask(99).is_ok());
        assert_eq!(calls.get(), 1);
        cache.invalidate();
        assert!(ask(99).is_ok());
        assert_eq!(calls.get(), 2);
        assert_eq!(ask(100), Err(TokenFault::Expired));
    }

    #[test]
    fn every_byte_of_a_token_counts() {
        let cache = TokenCache::new(100);
        let token = vec![b'a'; 2000];
        assert!(cache.get_or_verify(&token, 0, || Ok(identity(10))).is_ok());
        for at in 0..token.len() {
            let mut other = token.clone();
            other[at] = b'b';
            assert_eq!(cache.get_or_verify(&other, 0, || Err(TokenFault::BadSignature)), Err(TokenFault::BadSignature));
        }
        let longer = vec![b'a'; 2001];
        for other in [&token[1..], &longer] {
            assert_eq!(cache.get_or_verify(other, 0, || Err(TokenFault::BadSignature)), Err(TokenFault::BadSignature));
        }
        assert!(cache.get_or_verify(&token, 0, || Err(TokenFault::BadSignature)).is_ok());
    }

    #[test]
    fn stays_within_its_bound() {
        let cache = TokenCache::new(64);
        for number in 0..10_000 {
            assert!(cache.get_or_verify(number.to_string().as_bytes(), 0, || Ok(identity(10))).is_ok());
        }
        assert!(cache.len() <= 64, "{}", cache.len());
    }
}
