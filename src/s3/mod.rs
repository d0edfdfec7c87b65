//! S3: presigned uploads, landing, the ledger's conditional writes.
