//! Drawing and encoding of the emulator's videos.
