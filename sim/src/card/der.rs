//! Objects of tag, length and value, as certificates (DER) and the card's own files (BER) write them.

/// One object. A tag is one to four bytes, as it stands on the card: `0x30`, `0xDF21`.
///
/// # Panics
///
/// When the value has 16 MiB or more: nothing of ours does.
pub(super) fn object(tag: u32, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    let mut written: Vec<u8> =
        tag.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let length = u32::try_from(value.len()).expect("no object of ours reaches 4 GiB");
    match length.to_be_bytes() {
        [0, 0, 0, short @ 0..0x80] => written.push(short),
        [0, 0, 0, byte] => written.extend([0x81, byte]),
        [0, 0, high, low] => written.extend([0x82, high, low]),
        [0, high, middle, low] => written.extend([0x83, high, middle, low]),
        _ => panic!("an object of {length} bytes"),
    }
    written.extend_from_slice(value);
    written
}

/// A DER `SEQUENCE` of parts that are written already.
pub(super) fn sequence(parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    object(0x30, parts.into_iter().flatten().collect::<Vec<_>>())
}

/// A DER `INTEGER` that is not negative, from its big-endian bytes.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut value: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if value.first().is_none_or(|byte| *byte >= 0x80) {
        value.insert(0, 0);
    }
    object(0x02, value)
}

/// A DER `OBJECT IDENTIFIER` from its encoded arcs.
pub(super) fn oid(arcs: &[u8]) -> Vec<u8> {
    object(0x06, arcs)
}

/// A DER `UTF8String`.
pub(super) fn text(text: &str) -> Vec<u8> {
    object(0x0c, text)
}

/// A DER `BIT STRING` of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    object(0x03, [&[0], bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_takes_as_few_bytes_as_it_can() {
        assert_eq!(object(0xdf21, [1, 2]), [0xdf, 0x21, 2, 1, 2]);
        assert_eq!(object(0x30, [0; 0x7f]).len(), 2 + 0x7f);
        assert_eq!(object(0x30, [0; 0x80])[..3], [0x30, 0x81, 0x80]);
        assert_eq!(object(0x30, [0; 0x100])[..4], [0x30, 0x82, 0x01, 0x00]);
        assert_eq!(object(0x30, vec![0; 0x1_0203])[..5], [0x30, 0x83, 0x01, 0x02, 0x03]);
    }

    #[test]
    fn a_whole_number_never_looks_negative() {
        assert_eq!(integer(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0]), [2, 1, 0]);
    }
}
