//! A copy of the application with workflow files of a test's own.

use std::fs;
use std::path::PathBuf;

use baton_tests::{App, Mode, Scratch, manifest, repo};

use crate::scene::gated_setup;

/// Two required gates of different roles and an optional one, with states of its own.
pub const TWO_KEYS: &str = r#"workflow:
  name: two-keys
  version: 3
  description: "Quality and an admin"
  states: [pending, granted, refused]
  gates:
    - role: quality
      label: "Quality"
      required: true
    - role: admin
      label: "Admin Authorization"
      required: true
    - role: safety
      label: "Safety"
      required: false
  rules:
    any_reject: refused
    all_required_approve: granted
"#;

/// A workflow whose tenth line names a state that there is not.
pub const BROKEN: &str = r#"workflow:
  name: broken
  version: 1
  states: [draft, pending, approved, rejected]
  gates:
    - role: admin
      label: "Admin Authorization"
      required: true
  rules:
    any_reject: declined
    all_required_approve: approved
"#;

/// The seed's workflow in another version and with a second gate.
pub const NEXT_VERSION: &str = r#"workflow:
  name: session-override
  version: 2
  states: [pending, approved, rejected]
  gates:
    - role: admin
      label: "Admin Authorization"
      required: true
    - role: quality
      label: "Quality"
      required: true
  rules:
    any_reject: rejected
    all_required_approve: approved
"#;

/// The application's manifest beside other workflow files.
pub struct Copy {
    directory: Scratch,
}

impl Copy {
    /// With the application's own workflow and these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let copy = Self { directory: Scratch::new() };
        let text = fs::read_to_string(manifest()).expect("the manifest can be read");
        // The components stay where they are built; the workflows lie beside the copy.
        let built = format!("source = \"{}/target/", repo().display());
        fs::write(copy.manifest(), text.replace("source = \"target/", &built)).expect("the copy can be written");
        fs::create_dir(copy.directory.path().join("workflows")).expect("a new directory");
        let own = fs::read_to_string(repo().join("workflows/session-override.yaml")).expect("the seed's workflow");
        copy.write("session-override.yaml", &own);
        for (name, text) in files {
            copy.write(name, text);
        }
        copy
    }

    /// Writes a workflow file. A server reads it when it is started.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join("workflows").join(name), text).expect("the file can be written");
    }

    /// Where the manifest is.
    pub fn manifest(&self) -> PathBuf {
        self.directory.path().join("spin.toml")
    }

    /// Starts the copy, where force-release takes an approval by this workflow.
    pub fn try_start(&self, mode: Mode, workflow: &str) -> Result<App, String> {
        gated_setup(mode).manifest(&self.manifest()).variable("force_release_workflow", workflow).try_start()
    }

    /// [`Copy::try_start`] of what must start.
    pub fn start(&self, mode: Mode, workflow: &str) -> App {
        self.try_start(mode, workflow).unwrap_or_else(|e| panic!("{e}"))
    }
}

/// One gate, for the leads of the part.
pub const LEADS: &str = r#"workflow:
  name: leads
  version: 1
  states: [pending, approved, rejected]
  gates:
    - role: lead
      label: "Lead of the part"
      required: true
    - role: quality
      label: "Quality"
      required: false
  rules:
    any_reject: rejected
    all_required_approve: approved
"#;
