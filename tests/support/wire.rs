//! Encodes protobuf field by field, so that a wrong number in a reader shows.

// Not every test that shares it has use for all of it.
#![allow(dead_code)]

pub fn varint(mut n: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
    bytes
}

/// A number.
pub fn n(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

/// A text.
pub fn t(number: u64, text: &str) -> Vec<u8> {
    m(number, &[text.as_bytes().to_vec()])
}

/// A message of fields.
pub fn m(number: u64, fields: &[Vec<u8>]) -> Vec<u8> {
    let inside = fields.concat();
    [varint(number << 3 | 2), varint(inside.len() as u64), inside].concat()
}

/// Messages, each after its length.
pub fn delimited(messages: &[Vec<u8>]) -> Vec<u8> {
    messages.iter().flat_map(|m| [varint(m.len() as u64), m.clone()].concat()).collect()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    ruzstd::encoding::compress_to_vec(bytes, level)
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
