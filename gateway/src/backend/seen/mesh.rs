//! The devices of the town as this one hears them.

use super::{Device, Seen};
use crate::backend::MeshDevice;

impl Seen<'_> {
    /// See [`Backend::mesh`](crate::backend::Backend::mesh). Nobody is paused as far as the replica
    /// knows: the mesh adds that.
    pub fn mesh(&self) -> Vec<MeshDevice> {
        let mut devices: Vec<MeshDevice> =
            self.devices.iter().map(|device| self.mesh_device(device)).collect();
        devices.sort_by_key(|device| {
            (!device.is_me, device.is_linked, device.last_heard, device.name.clone())
        });
        devices
    }

    fn mesh_device(&self, device: &Device) -> MeshDevice {
        let waiting = device.ends.iter();
        let waiting = waiting.map(|end| end.seq.saturating_sub(self.custody.upto(end.journal)));
        let named = |first: &[u8; 4]| {
            let known = self.devices.iter().find(|other| other.node.0.starts_with(first));
            known.map(|other| other.name.clone())
        };
        MeshDevice {
            node: device.node,
            name: device.name.clone(),
            role: device.role,
            sites: device.sites.iter().map(|site| self.site_name(*site)).collect(),
            is_me: device.node == self.me,
            is_linked: device.is_linked,
            is_paused: false,
            last_heard: device.heard.map(|at| at.seconds),
            hears: device.hears.iter().filter_map(named).collect(),
            to_come: device.to_come,
            awaiting_custody: waiting.sum(),
            clock_ahead: device.clock_ahead,
            version: device.version.clone(),
        }
    }
}
