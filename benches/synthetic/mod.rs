//! Makes compact execution logs of any size: no real one of a gigabyte may be passed on.
//!
//! Shaped after the log of Abseil's build (docs/benches.md): per spawn 26 arguments, 1.3 kB of log
//! and 48 inputs, most of them in sets that are nested and shared. Every twentieth target also has
//! what that log lacks: a directory, a link, a test with runfiles. Each label and path says that it
//! is synthetic.

mod wire;

use std::io::{self, Read};

use prost::Message;

use wire::{
    Digest, Directory, Duration, Entry, ExecLogEntry, File, InputSet, Invocation, Output, Pair,
    RunfilesTree, Spawn, SpawnMetrics, SymlinkAction, SymlinkEntrySet, UnresolvedSymlink,
};

/// Targets that share headers.
const PACKAGE: u32 = 32;

/// Headers of the toolchain, which every compilation reads.
const N_TOOLCHAIN: u32 = 40;

/// How a version of Bazel lays the log out.
// Not every program that makes logs makes both.
#[allow(dead_code)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Up to 7.3: every entry has an id; files, directories and links are told apart where they are
    /// referred to; no runfiles trees, no symlink actions.
    Before74,
    /// From 7.4 on.
    Since74,
}

/// What a log has in it, as far as it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Made {
    pub n_bytes: u64,
    pub n_spawns: u64,
    pub n_symlinks: u64,
    /// Entries by kind, in the order of their tags.
    pub n_entries: [u64; 9],
}

/// A log that is made while it is read. It ends with the target at which it is large enough.
pub struct SyntheticLog {
    layout: Layout,
    bytes_min: u64,
    state: u64,
    buffer: Vec<u8>,
    at: usize,
    last_id: u32,
    target: u32,
    toolchain: u32,
    /// Header sets of the targets of the package before this one.
    headers: Vec<u32>,
    objects: Vec<u32>,
    pub made: Made,
}

impl SyntheticLog {
    /// A log of at least `bytes_min` bytes, before compression.
    pub fn new(layout: Layout, bytes_min: u64) -> Self {
        let mut log = Self {
            layout,
            bytes_min,
            state: 0x9e37_79b9_7f4a_7c15,
            buffer: Vec::new(),
            at: 0,
            last_id: 0,
            target: 0,
            toolchain: 0,
            headers: Vec::new(),
            objects: Vec::new(),
            made: Made::default(),
        };
        log.invocation();
        log
    }

    fn invocation(&mut self) {
        self.add(Entry::Invocation(Invocation {
            hash_function_name: "SHA-256".into(),
            workspace_runfiles_directory: "synthetic_log_of_cargo_xtask_synthetic".into(),
        }));
        let headers: Vec<u32> = (0..N_TOOLCHAIN)
            .map(|i| self.file(format!("external/synthetic_toolchain/include/c++/v1/part_{i}.h")))
            .collect();
        self.toolchain = self.set(headers, Vec::new(), Vec::new());
    }

    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    fn digest(&mut self) -> Digest {
        let hash = (0..4).map(|_| format!("{:016x}", self.random())).collect();
        Digest { hash, size_bytes: 1 + (self.random() % 200_000) as i64 }
    }

    /// Writes an entry; its id, 0 where it has none.
    fn add(&mut self, entry: Entry) -> u32 {
        let (kind, is_nameless) = match &entry {
            Entry::Invocation(_) => (0, true),
            Entry::File(_) => (1, false),
            Entry::Directory(_) => (2, false),
            Entry::UnresolvedSymlink(_) => (3, false),
            Entry::InputSet(_) => (4, false),
            Entry::Spawn(_) => (5, true),
            Entry::SymlinkAction(_) => (6, true),
            Entry::SymlinkEntrySet(_) => (7, false),
            Entry::RunfilesTree(_) => (8, false),
        };
        self.made.n_entries[kind] += 1;
        let id = match (self.layout, is_nameless) {
            (Layout::Since74, true) => 0,
            _ => {
                self.last_id += 1;
                self.last_id
            }
        };
        let entry = ExecLogEntry { id, entry: Some(entry) };
        let before = self.buffer.len();
        // A vector grows as needed, so that encoding cannot fail.
        let _ = entry.encode_length_delimited(&mut self.buffer);
        self.made.n_bytes += (self.buffer.len() - before) as u64;
        id
    }

    fn file(&mut self, path: String) -> u32 {
        let digest = Some(self.digest());
        self.add(Entry::File(File { path, digest }))
    }

    /// A set of files, directories, and other sets.
    fn set(&mut self, files: Vec<u32>, directories: Vec<u32>, sets: Vec<u32>) -> u32 {
        let set = match self.layout {
            Layout::Before74 => InputSet {
                file_ids: files,
                directory_ids: directories,
                transitive_set_ids: sets,
                ..InputSet::default()
            },
            Layout::Since74 => InputSet {
                input_ids: files.into_iter().chain(directories).collect(),
                transitive_set_ids: sets,
                ..InputSet::default()
            },
        };
        self.add(Entry::InputSet(set))
    }

    fn output(&self, id: u32, is_directory: bool) -> Output {
        match (self.layout, is_directory) {
            (Layout::Since74, _) => Output { output_id: id, ..Output::default() },
            (Layout::Before74, false) => Output { file_id: id, ..Output::default() },
            (Layout::Before74, true) => Output { directory_id: id, ..Output::default() },
        }
    }

    fn spawn(&mut self, mnemonic: &str, args: Vec<String>, inputs: u32, outputs: Vec<Output>) {
        self.made.n_spawns += 1;
        let (label, digest) = (self.label(), Some(self.digest()));
        let wall = Duration { seconds: 0, nanos: (self.random() % 900_000_000) as i32 };
        let pair = |name: &str, value: &str| Pair { name: name.into(), value: value.into() };
        self.add(Entry::Spawn(Box::new(Spawn {
            args,
            env_vars: vec![pair("PATH", "/bin:/usr/bin"), pair("PWD", "/proc/self/cwd")],
            input_set_id: inputs,
            outputs,
            target_label: label,
            mnemonic: mnemonic.into(),
            runner: "linux-sandbox".into(),
            remotable: true,
            cacheable: true,
            remote_cacheable: true,
            digest,
            metrics: Some(SpawnMetrics { total: Some(wall.clone()), execution_wall: Some(wall) }),
        })));
    }

    fn package(&self) -> String {
        let package = self.target / PACKAGE;
        format!("synthetic/module_{}/part_{package}", package / 64)
    }

    fn label(&self) -> String {
        format!("//{}:library_{}", self.package(), self.target)
    }

    /// A library of two sources and two headers, archived; and now and then more.
    fn library(&mut self) {
        if self.target.is_multiple_of(PACKAGE) {
            self.headers.clear();
        }
        let (package, n) = (self.package(), self.target);
        let own: Vec<u32> =
            (0..2).map(|i| self.file(format!("{package}/library_{n}_{i}.h"))).collect();
        let mut deps = Vec::new();
        for _ in 0..self.headers.len().min(3) {
            let pick = self.random() as usize % self.headers.len();
            deps.push(self.headers[pick]);
        }
        let headers = self.set(own, Vec::new(), deps);
        self.headers.push(headers);
        let objects: Vec<u32> = (0..2).map(|i| self.compile(i, headers)).collect();
        let archive = format!("bazel-out/k8-fastbuild/bin/{package}/liblibrary_{n}.a");
        let inputs = self.set(objects, Vec::new(), Vec::new());
        let args = vec!["/usr/bin/ar".into(), "rcsD".into(), archive.clone()];
        let archived = self.file(archive);
        let output = self.output(archived, false);
        self.spawn("CppArchive", args, inputs, vec![output]);
        self.objects = vec![archived];
        if self.target.is_multiple_of(20) {
            self.generated();
            self.tested();
        }
        self.target += 1;
    }

    fn compile(&mut self, i: u32, headers: u32) -> u32 {
        let (package, n) = (self.package(), self.target);
        let source = self.file(format!("{package}/library_{n}_{i}.cc"));
        let inputs = self.set(vec![source], Vec::new(), vec![self.toolchain, headers]);
        let stem =
            format!("bazel-out/k8-fastbuild/bin/{package}/_objs/library_{n}/library_{n}_{i}");
        let mut args: Vec<String> = ["/usr/bin/gcc", "-U_FORTIFY_SOURCE", "-fstack-protector"]
            .iter()
            .map(|arg| (*arg).to_owned())
            .collect();
        args.extend((0..16).map(|flag| format!("-Wsynthetic-warning-number-{flag}")));
        args.extend([
            "-MD".into(),
            "-MF".into(),
            format!("{stem}.pic.d"),
            "-c".into(),
            format!("{package}/library_{n}_{i}.cc"),
            "-o".into(),
            format!("{stem}.pic.o"),
        ]);
        let object = self.file(format!("{stem}.pic.o"));
        let dotd = self.file(format!("{stem}.pic.d"));
        let outputs = vec![self.output(object, false), self.output(dotd, false)];
        self.spawn("CppCompile", args, inputs, outputs);
        object
    }

    /// A directory that one action writes and another reads, and a link.
    fn generated(&mut self) {
        let (package, n) = (self.package(), self.target);
        let path = format!("bazel-out/k8-fastbuild/bin/{package}/generated_{n}");
        let files = (0..6).map(|i| {
            let digest = Some(self.digest());
            File { path: format!("deep/part_{i}.txt"), digest }
        });
        let files = files.collect();
        let tree = self.add(Entry::Directory(Directory { path: path.clone(), files }));
        let args = vec!["synthetic/generate".into(), path.clone()];
        let output = self.output(tree, true);
        self.spawn("Generate", args, 0, vec![output]);
        let link = self.add(Entry::UnresolvedSymlink(UnresolvedSymlink {
            path: format!("{package}/dangling_{n}"),
            target_path: "../nowhere".into(),
        }));
        let inputs = match self.layout {
            Layout::Since74 => self.set(vec![link], vec![tree], Vec::new()),
            Layout::Before74 => self.add(Entry::InputSet(InputSet {
                directory_ids: vec![tree],
                unresolved_symlink_ids: vec![link],
                ..InputSet::default()
            })),
        };
        let summary = self.file(format!("{path}.summary"));
        let output = self.output(summary, false);
        self.spawn("Summarize", vec!["synthetic/summarize".into(), path], inputs, vec![output]);
    }

    /// A test that reads the library through a link and, since 7.4, a runfiles tree.
    fn tested(&mut self) {
        let (package, n) = (self.package(), self.target);
        let library = self.objects[0];
        let mut inputs = self.set(vec![library], Vec::new(), Vec::new());
        if self.layout == Layout::Since74 {
            self.made.n_symlinks += 1;
            let label = self.label();
            self.add(Entry::SymlinkAction(SymlinkAction {
                input_path: format!("bazel-out/k8-fastbuild/bin/{package}/liblibrary_{n}.a"),
                output_path: format!("bazel-out/k8-fastbuild/bin/{package}/link_{n}.a"),
                target_label: label,
                mnemonic: "Symlink".into(),
            }));
            let entries = [("data/library.a".to_owned(), library)].into_iter().collect();
            let symlinks = self.add(Entry::SymlinkEntrySet(SymlinkEntrySet {
                direct_entries: entries,
                transitive_set_ids: Vec::new(),
            }));
            let runfiles = self.add(Entry::RunfilesTree(RunfilesTree {
                path: format!("bazel-out/k8-fastbuild/bin/{package}/test_{n}.runfiles"),
                input_set_id: inputs,
                symlinks_id: symlinks,
            }));
            inputs = self.set(vec![runfiles], Vec::new(), Vec::new());
        }
        let log = self.file(format!("bazel-out/k8-fastbuild/testlogs/{package}/test_{n}/test.log"));
        let output = self.output(log, false);
        self.spawn("TestRunner", vec!["synthetic/test".into()], inputs, vec![output]);
    }
}

impl Read for SyntheticLog {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
            while self.buffer.len() < buf.len() && self.made.n_bytes < self.bytes_min {
                self.library();
            }
        }
        let n = buf.len().min(self.buffer.len() - self.at);
        buf[..n].copy_from_slice(&self.buffer[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

// Not every program that makes logs decodes them.
#[allow(dead_code)]
/// Decodes every entry of an unpacked log and throws it away: what any reader has to do. The number
/// of entries.
pub fn decode_all(mut log: &[u8]) -> usize {
    let mut n = 0;
    while !log.is_empty() {
        let entry = ExecLogEntry::decode_length_delimited(&mut log);
        assert!(entry.is_ok(), "what the generator writes can be decoded");
        std::hint::black_box(entry.ok());
        n += 1;
    }
    n
}
