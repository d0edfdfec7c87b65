//! What a media file says about itself, read from a few ranges of it.
