//! A hash map that is quick and whose order nobody can foresee. Its order is never looked at.

/// From `K` to `V`.
pub(crate) type Map<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
