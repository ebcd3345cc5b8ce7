//! Walks varint-delimited messages, and the top-level fields of one message, without copying.

/// Messages, each after its length as a varint.
pub(in crate::import) struct Delimited<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Delimited<'a> {
    /// Messages of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl<'a> Iterator for Delimited<'a> {
    /// Offset of the message's length, and its bytes; what is wrong with it if it is cut short,
    /// after which nothing follows.
    type Item = (usize, Result<&'a [u8], String>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        self.at = self.bytes.len();
        let rest = &self.bytes[start..];
        let Some((length, n)) = varint(rest) else {
            return Some((start, Err("A message length is cut short or no varint.".into())));
        };
        let left = rest.len() - n;
        let Some(length) = usize::try_from(length).ok().filter(|&l| l <= left) else {
            let what = format!("A message of {length} bytes is announced, {left} are left.");
            return Some((start, Err(what)));
        };
        self.at = start + n + length;
        Some((start, Ok(&rest[n..n + length])))
    }
}

/// A field of a message.
pub(in crate::import) struct Field<'a> {
    /// Its number.
    pub number: u64,
    /// Its value: bytes of a length-delimited field, none of others.
    pub bytes: Option<&'a [u8]>,
    /// Its value, of a varint field.
    pub varint: Option<u64>,
    /// Offset of its key.
    pub offset: usize,
}

/// The fields of a message, up to the first that is damaged.
pub(in crate::import) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset and description of what is damaged.
    pub damage: Option<(usize, String)>,
}

impl<'a> Fields<'a> {
    /// Fields of the message `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, damage: None }
    }

    fn read(&mut self) -> Result<Field<'a>, String> {
        let offset = self.at;
        let (key, n) = varint(&self.bytes[self.at..]).ok_or("A field key is cut short.")?;
        self.at += n;
        let mut field = Field { number: key >> 3, bytes: None, varint: None, offset };
        let rest = &self.bytes[self.at..];
        let skip = match key & 7 {
            0 => {
                let (value, n) = varint(rest).ok_or("A varint is cut short.")?;
                field.varint = Some(value);
                n
            }
            1 => 8,
            2 => {
                let (length, n) = varint(rest).ok_or("A field length is cut short.")?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let end = n.saturating_add(length);
                field.bytes = Some(rest.get(n..end).ok_or_else(|| {
                    let left = rest.len() - n;
                    format!("A field of {length} bytes is announced, {left} are left.")
                })?);
                end
            }
            5 => 4,
            other => return Err(format!("Wire type {other} is none of protobuf's.")),
        };
        if field.number == 0 || rest.len() < skip {
            return Err("A field is cut short or has the number 0.".into());
        }
        self.at += skip;
        Ok(field)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        if self.at >= self.bytes.len() || self.damage.is_some() {
            return None;
        }
        let start = self.at;
        match self.read() {
            Ok(field) => Some(field),
            Err(what) => {
                self.damage = Some((start, what));
                None
            }
        }
    }
}

/// The varint that `bytes` begin with, and its length.
pub(in crate::import) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (i, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * i as u32)?;
        if byte < 0x80 {
            return Some((value, i + 1));
        }
    }
    None
}
