//! Things that stand about.
