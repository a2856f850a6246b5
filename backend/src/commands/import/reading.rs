//! A file read into records, each of which knows its line.

use std::{io::Cursor, ops::Range};

use zeroize::Zeroizing;

use super::{
    Arguments, Format,
    candidate::Candidate,
    plain::{self, Field, Fields},
};
use crate::{
    commands::{
        Failed,
        export::{Beginning, End},
        exported::ExportedAccount,
    },
    vault::{ExportError, ExportKey},
};

/// One account of a file.
pub(super) struct Record {
    /// Where it begins, from one; in an export the number of the account.
    pub(super) line: u64,
    /// The account, or what is wrong with it.
    pub(super) candidate: Result<Candidate, String>,
    /// Its bytes in the file.
    range: Range<usize>,
}

/// A file whose form is known.
pub(super) struct Content {
    format: Format,
    /// Of an export what was sealed in it.
    text: Zeroizing<Vec<u8>>,
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("tell what the file is: --format ndjson, csv or export")]
    Format,
    #[error("the first line must name the fields: {0}")]
    Head(String),
    #[error("the export is of a later version of Twofold")]
    Version,
    #[error("the export is damaged: it says that it has {said} accounts and has {found}")]
    Count { said: u64, found: u64 },
}

impl Content {
    /// Finds out what the file is, and opens an export.
    pub(super) fn open(arguments: &Arguments, file: Zeroizing<Vec<u8>>) -> Result<Self, Failed> {
        let by_name = match arguments.file.extension().and_then(|name| name.to_str()) {
            Some("csv") => Some(Format::Csv),
            Some("ndjson" | "jsonl") => Some(Format::Ndjson),
            _ => None,
        };
        let by_content = ExportKey::is_export(&file).then_some(Format::Export);
        let format = arguments.format.or(by_content).or(by_name);
        let format = format.ok_or(Unreadable::Format)?;
        let text = match format {
            Format::Export => opened(arguments, &file)?,
            Format::Ndjson | Format::Csv => file,
        };
        Ok(Self { format, text })
    }

    /// The accounts in it, in their order.
    pub(super) fn records(&self) -> Result<Vec<Record>, Failed> {
        match self.format {
            Format::Export => Ok(self.lines(|line| {
                serde_json::from_slice::<ExportedAccount>(line)
                    .map(|account| Candidate::Exported(Box::new(account)))
                    // What serde says of it may quote a secret.
                    .map_err(|_| "it is of another version of Twofold".to_owned())
            })),
            Format::Ndjson => Ok(self.lines(|line| plain::from_json(line).map(plain))),
            Format::Csv => self.csv(),
        }
    }

    /// The bytes of a record of a list. What was sealed stays in its export.
    pub(super) fn raw(&self, record: &Record) -> Option<&[u8]> {
        (self.format != Format::Export)
            .then(|| self.text.get(record.range.clone()))
            .flatten()
    }

    /// The line that names the fields.
    pub(super) fn head(&self) -> Option<&[u8]> {
        (self.format == Format::Csv)
            .then(|| self.text.split(|byte| *byte == b'\n').next())
            .flatten()
            .map(<[u8]>::trim_ascii_end)
    }

    fn lines(&self, read: impl Fn(&[u8]) -> Result<Candidate, String>) -> Vec<Record> {
        let mut records = Vec::new();
        let mut begin = 0;
        for (line, bytes) in (1..).zip(self.text.split(|byte| *byte == b'\n')) {
            let range = begin..begin + bytes.trim_ascii_end().len();
            begin += bytes.len() + 1;
            if !bytes.trim_ascii().is_empty() {
                records.push(Record {
                    line,
                    candidate: read(bytes),
                    range,
                });
            }
        }
        records
    }

    fn csv(&self) -> Result<Vec<Record>, Failed> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(Cursor::new(self.text.as_slice()));
        let names: Vec<String> = reader
            .byte_headers()?
            .iter()
            // A spreadsheet begins its file with a mark.
            .map(|name| {
                String::from_utf8_lossy(name)
                    .trim_start_matches('\u{feff}')
                    .to_owned()
            })
            .collect();
        if let Some(unknown) = names
            .iter()
            .find(|name| !plain::FIELDS.contains(&name.as_str()))
        {
            let known = plain::FIELDS.join(", ");
            return Err(Unreadable::Head(format!("“{unknown}” is none of {known}")).into());
        }
        let mut records = Vec::new();
        let mut row = csv::ByteRecord::new();
        // The reader's own number counts a line that ends with CR LF when the next one is read.
        let (mut line, mut counted) = (1, 0);
        loop {
            let begin = usize::try_from(reader.position().byte())?;
            let is_there = reader.read_byte_record(&mut row)?;
            let end = usize::try_from(reader.position().byte())?;
            if !is_there {
                return Ok(records);
            }
            let bytes = &self.text[begin..end];
            let start = begin + bytes.len() - bytes.trim_ascii_start().len();
            let passed = &self.text[counted..start];
            line += u64::try_from(line_ends(passed))?;
            counted = start;
            records.push(Record {
                line,
                candidate: from_row(&names, &row).map(plain),
                range: start..begin + bytes.trim_ascii_end().len(),
            });
        }
    }
}

fn plain(account: plain::Account) -> Candidate {
    Candidate::Plain(Box::new(account))
}

fn line_ends(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'\n').count() - 1
}

fn from_row(names: &[String], row: &csv::ByteRecord) -> Result<plain::Account, String> {
    if row.len() != names.len() {
        return Err(format!(
            "it has {} fields, and the first line names {}",
            row.len(),
            names.len()
        ));
    }
    let mut fields = Fields::new();
    for (name, value) in names.iter().zip(row) {
        let text = std::str::from_utf8(value).map_err(|_| format!("{name} is no UTF-8"))?;
        if !text.is_empty() {
            fields.insert(name.clone(), Field::Text(text.to_owned()));
        }
    }
    plain::from_fields(fields)
}

/// The lines of an export, which is read to its end.
fn opened(arguments: &Arguments, mut file: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let key = ExportKey::read(&arguments.lock.secret(false)?, &mut file)?;
    let (_, beginning) = key.read_frame(&mut file, 0)?;
    let beginning: Beginning = serde_json::from_slice(&beginning)?;
    if beginning.twofold_export != 1 {
        return Err(Unreadable::Version.into());
    }
    let mut lines = Zeroizing::new(Vec::new());
    for position in 1.. {
        let (last, content) = key.read_frame(&mut file, position)?;
        if last {
            let End { accounts: said } = serde_json::from_slice(&content)?;
            let found = u64::try_from(line_ends(&lines))?;
            if said != found {
                return Err(Unreadable::Count { said, found }.into());
            }
            break;
        }
        lines.extend_from_slice(&content);
    }
    if file.is_empty() {
        Ok(lines)
    } else {
        Err(ExportError::Damaged.into())
    }
}
