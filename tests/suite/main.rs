//! The integration binary: everything that needs more than one module, or a real server.
//!
//! `tests/run.sh` installs the servers and runs it. A test whose server cannot be had says so and is skipped; with
//! `CI=true` it fails instead.

mod ambiguous;
mod broker;
mod cancelling;
mod chaos;
mod conformance;
mod console;
mod contract;
mod corpus;
mod crash_matrix;
mod dashboard;
mod dead_letters;
mod docs;
mod doctor;
mod emulator_load;
mod emulator_page;
mod emulator_state;
mod histories;
mod layering;
mod metrics;
mod object_listing;
mod object_store;
mod pipeline;
mod poison;
mod presigned;
mod rabbit;
mod rabbit_bench;
mod rabbit_lines;
mod rabbit_outages;
mod regenerating;
mod s3_adapter;
mod scenarios;
mod simulation;
mod storm;
mod storyboard;
mod support;
mod suspending;
mod task_api;
mod traces;
mod vendor_clients;
