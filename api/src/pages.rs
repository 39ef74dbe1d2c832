//! Pages of histories as they were answered, so that a page many ask for is read and encoded once.
//!
//! Nothing here knows whether a page still holds, or for whom: that is asked of the database with every call, in one
//! cheap query ([`ReadHistory::version`]), so a page is as right on one of several nodes as on a single one.
//!
//! [`ReadHistory::version`]: application::messages::ReadHistory::version

use application::messages::HistoryPage;
use bytes::Bytes;
use domain::repository::HistoryVersion;
use domain::{ConversationId, Limit};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageKey {
    /// Of which conversation.
    pub id: ConversationId,
    /// Which part of its history.
    pub part: HistoryPage,
    /// How many messages at most.
    pub limit: Limit,
}

/// The pages that are kept: those that are asked for most, for so many bytes.
pub struct Pages(Cache<PageKey, Kept, Bulk>);

#[derive(Clone)]
struct Kept {
    version: HistoryVersion,
    body: Bytes,
}

#[derive(Clone)]
struct Bulk;

impl Weighter<PageKey, Kept> for Bulk {
    fn weight(&self, _: &PageKey, kept: &Kept) -> u64 {
        /// About what the cache itself takes for each.
        const OVERHEAD: u64 = 256;
        OVERHEAD + u64::try_from(kept.body.len()).unwrap_or(u64::MAX / 2)
    }
}

impl Pages {
    /// Keeps pages of up to so many bytes in all; nothing is kept for 0.
    pub fn new(bytes: u64) -> Option<Self> {
        /// About what a page takes: fifty short messages.
        const PAGE: u64 = 16 * 1024;
        let pages = usize::try_from(bytes / PAGE).unwrap_or(usize::MAX);
        (bytes > 0).then(|| Self(Cache::with_weighter(pages, bytes, Bulk)))
    }

    /// The page, if the history was at this version when it was read.
    pub fn recall(&self, key: &PageKey, version: HistoryVersion) -> Option<Bytes> {
        self.0.get(key).filter(|kept| kept.version == version).map(|kept| kept.body)
    }

    /// Keeps a page that was read at this version of the history, or later.
    pub fn keep(&self, key: PageKey, version: HistoryVersion, body: Bytes) {
        self.0.insert(key, Kept { version, body });
    }
}

#[cfg(test)]
mod tests {
    use application::messages::Around;
    use domain::Timestamp;
    use uuid::Uuid;

    use super::*;

    const VERSION: HistoryVersion =
        HistoryVersion { created_at: Timestamp::from_millis(1), seq: 7, profile_changes: 3 };

    fn key(id: u128) -> PageKey {
        PageKey { id: ConversationId(Uuid::from_u128(id)), part: HistoryPage::Latest, limit: Limit::default() }
    }

    #[test]
    fn a_page_is_recalled_at_the_version_it_was_read_at() {
        let pages = Pages::new(1 << 20).unwrap();
        pages.keep(key(1), VERSION, Bytes::from_static(b"page"));
        assert_eq!(pages.recall(&key(1), VERSION).as_deref(), Some(&b"page"[..]));
        for other in [
            HistoryVersion { created_at: Timestamp::from_millis(2), ..VERSION },
            HistoryVersion { seq: 8, ..VERSION },
            HistoryVersion { profile_changes: 4, ..VERSION },
        ] {
            assert_eq!(pages.recall(&key(1), other), None, "{other:?}");
        }
    }

    #[test]
    fn another_page_is_another_page() {
        let pages = Pages::new(1 << 20).unwrap();
        pages.keep(key(1), VERSION, Bytes::from_static(b"page"));
        for other in [
            key(2),
            PageKey { part: HistoryPage::Before(Around::Seq(7)), ..key(1) },
            PageKey { limit: Limit::new(1).unwrap(), ..key(1) },
        ] {
            assert_eq!(pages.recall(&other, VERSION), None, "{other:?}");
        }
    }

    #[test]
    fn no_more_is_kept_than_may_be() {
        let pages = Pages::new(1 << 20).unwrap();
        for id in 0..1000 {
            pages.keep(key(id), VERSION, Bytes::from(vec![b'x'; 10_000]));
        }
        let kept = (0..1000).filter(|&id| pages.recall(&key(id), VERSION).is_some()).count();
        assert!((50..=104).contains(&kept), "{kept}");
        assert!(Pages::new(0).is_none());
    }
}
