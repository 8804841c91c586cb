//! The town for pretend: virtual cards, generated people, the drill, and the simulator.
//!
//! Nobody who is generated here lives anywhere: each of them carries 訓練データ. The drill knows
//! the real binaries only by their command lines, and nothing here dials beyond this machine.

pub mod card;
pub mod drill;
pub mod population;
pub mod rng;
pub mod run;
pub mod simulator;
