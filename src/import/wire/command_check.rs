//! Whether the command of a logged spawn is whole, told without decoding it.
//!
//! Most spawns are read without their command (see [`super::spawn::Spawn`]), so that damage in it
//! would go by unseen: protobuf's decoder skips what nobody asks for by its length alone.

use super::delimited::{Field, Fields};

/// What is damaged in the command, environment or platform of the spawn in the entry `entry`.
pub(in crate::import) fn damage(entry: &[u8]) -> Option<&'static str> {
    let spawns = Fields::new(entry).filter(|field| field.number == 7);
    spawns.filter_map(|field| field.bytes).find_map(of_spawn)
}

fn of_spawn(spawn: &[u8]) -> Option<&'static str> {
    Fields::new(spawn).find_map(|field| {
        let (is_whole, what) = match field.number {
            1 => (is_text(&field), "An argument is no text."),
            2 => (is_pair(&field), "An environment variable is no name and value."),
            3 => (is_platform(&field), "The platform is no list of properties."),
            _ => return None,
        };
        (!is_whole).then_some(what)
    })
}

fn is_text(field: &Field) -> bool {
    field.bytes.is_some_and(|bytes| std::str::from_utf8(bytes).is_ok())
}

fn is_pair(field: &Field) -> bool {
    is_message(field, |part| !matches!(part.number, 1 | 2) || is_text(part))
}

fn is_platform(field: &Field) -> bool {
    is_message(field, |part| part.number != 1 || is_pair(part))
}

/// Whether `field` is a message whose fields are whole and as `is_right` says.
fn is_message(field: &Field, is_right: impl Fn(&Field) -> bool) -> bool {
    field.bytes.is_some_and(|bytes| {
        let mut parts = Fields::new(bytes);
        parts.by_ref().all(|part| is_right(&part)) && parts.damage.is_none()
    })
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::super::spawn::{Pair, Platform};
    use super::*;

    /// A spawn's entry whose texts a decoder checks.
    #[derive(Clone, PartialEq, Message)]
    struct CommandEntry {
        #[prost(message, optional, tag = "7")]
        spawn: Option<SpawnCommand>,
    }

    #[derive(Clone, PartialEq, Message)]
    struct SpawnCommand {
        #[prost(string, repeated, tag = "1")]
        args: Vec<String>,
        #[prost(message, repeated, tag = "2")]
        env_vars: Vec<Pair>,
        #[prost(message, optional, tag = "3")]
        platform: Option<Platform>,
    }

    fn entry() -> Vec<u8> {
        let pair = Pair { name: "PATH".into(), value: "/bin:/usr/bin/ä".into() };
        let spawn = SpawnCommand {
            args: vec!["gcc".into(), "-c".into(), "".into(), "ü.c".into()],
            env_vars: vec![pair.clone(), Pair::default()],
            platform: Some(Platform { properties: vec![pair] }),
        };
        CommandEntry { spawn: Some(spawn) }.encode_to_vec()
    }

    #[test]
    fn what_the_decoder_refuses_is_damaged_and_nothing_else() {
        let whole = entry();
        assert_eq!(damage(&whole), None);
        let mut n_damaged = 0;
        // Beyond the length of the entry, which the reader of the log has checked.
        for at in 2..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                let is_decoded = CommandEntry::decode(&bytes[..]).is_ok();
                let spawn = &bytes[2..];
                let mut fields = Fields::new(spawn);
                fields.by_ref().for_each(drop);
                // Damage to the fields themselves stops the reader of the log before.
                if fields.damage.is_some() {
                    continue;
                }
                n_damaged += u32::from(!is_decoded);
                assert_eq!(damage(&bytes).is_none(), is_decoded, "bit {bit} of byte {at}");
            }
        }
        assert!(n_damaged > 50, "{n_damaged}");
    }
}
