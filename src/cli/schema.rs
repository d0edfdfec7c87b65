//! `landfall schema`.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure};
use crate::job::schema::documents;

/// Print the JSON Schemas of jobs, control messages, events and ledger records, and the AsyncAPI document
///
/// Prints one of the documents that other programs may rely on, or their names.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Which document; without it their names are listed
    name: Option<String>,
    /// Write all of them into this directory
    #[arg(long, value_name = "DIR", conflicts_with = "name")]
    write: Option<PathBuf>,
}

pub(super) fn schema(args: &SchemaArgs) -> Result<Exit, Failure> {
    if let Some(directory) = &args.write {
        for (name, document) in documents() {
            let path = directory.join(name);
            std::fs::write(&path, format!("{document:#}\n"))
                .map_err(|why| Failure::of_io(&path.display().to_string(), &why))?;
            println!("wrote {}", path.display());
        }
        return Ok(Exit::Done);
    }
    let Some(wanted) = &args.name else {
        for (name, _) in documents() {
            println!("{name}");
        }
        return Ok(Exit::Done);
    };
    let found = documents().into_iter().find(|(name, _)| name == wanted || name.strip_suffix(".json") == Some(wanted));
    let (_, document) = found.ok_or_else(|| {
        Failure::new(Exit::BadArguments, format!("there is no document {wanted}; `landfall schema` lists them"))
    })?;
    println!("{document:#}");
    Ok(Exit::Done)
}
