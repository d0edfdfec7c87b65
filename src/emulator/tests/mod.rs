//! Tests of the emulator as a whole: as a value that answers bodies (`contract`, `scenario`), and over real sockets.

mod contract;
mod control;
mod faults;
mod media;
mod rest;
mod restart;
mod scenario;
mod scripts;
mod support;
mod uploads;
mod webhooks;
mod websockets;
