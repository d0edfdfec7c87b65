//! The contact sheet: every shot of a film on one picture.
