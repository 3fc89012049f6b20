//! The record as JSON, and the JSON Schema that describes it.
//!
//! The bytes are stable: fields in the order of their declaration, two spaces of indentation, shortest decimal
//! that reads back to the same double, one newline at the end.

use crate::record::summary::{FORMAT, Record};

/// The record as indented JSON, ending in a newline.
pub fn bytes(record: &Record) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(record).expect("a record has only text keys, so it is always JSON");
    bytes.push(b'\n');
    bytes
}

/// Reads back what [`bytes`] wrote, to the last bit.
///
/// # Errors
/// A fragment that says why this is not a record of this version.
pub fn parse(bytes: &[u8]) -> Result<Record, String> {
    let record: Record = serde_json::from_slice(bytes).map_err(|e| format!("this is not a record: {e}"))?;
    if record.format == FORMAT {
        Ok(record)
    } else {
        Err(format!("the record's format is `{}`, and this version reads `{FORMAT}`", record.format))
    }
}

/// The JSON Schema (2020-12) of a record, as indented text ending in a newline.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Record);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema has only text keys, so it is always JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_record_reads_back_to_the_last_bit() {
        // Among a thousand doubles of 17 digits, a fast parser misses some by one unit in the last place.
        let mut record = fixture::mixed();
        let distribution = record.estimates[0].distribution.as_mut().expect("a fixture's first estimate is drawn");
        let awkward = |i: u32| f64::from(i) * 0.618_033_988_749_894_9 / 1.1e7;
        distribution.cdf = (1..1000).map(|i| (awkward(i), awkward(i * 7))).collect();
        let bytes = bytes(&record);
        assert_eq!(bytes.last(), Some(&b'\n'));
        let again = parse(&bytes).expect("what was written is read");
        assert_eq!(again, record);
        assert_eq!(super::bytes(&again), bytes);
    }

    #[test]
    fn a_record_of_another_version_is_refused_with_its_name() {
        let mut record = fixture::mixed();
        record.format = "revdrill-record/0".into();
        let refusal = parse(&bytes(&record)).expect_err("another format");
        assert!(refusal.contains("revdrill-record/0") && refusal.contains(FORMAT), "{refusal}");
        assert!(parse(b"{}").is_err());
    }

    #[test]
    fn the_schema_is_of_draft_2020_12_and_names_every_field_of_the_record() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).expect("the schema is JSON");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let record = serde_json::to_value(fixture::mixed()).expect("a record is JSON");
        for field in record.as_object().expect("an object").keys() {
            assert!(schema["properties"].get(field).is_some(), "{field} is not in the schema");
        }
    }
}
