//! Makes things go wrong.

use std::thread;
use std::time::{Duration, Instant};

use baton_tests::history::Trouble;

use crate::plan::{Fault, Plan, Step};
use crate::scene::Scene;
use crate::since;

/// How many of a thousand pieces are cut while connections break.
const CUTS_OF_THOUSAND: u32 = 100;

/// How long something may be on its way that was sent while things went wrong: whoever sent it may have gone since.
const ON_ITS_WAY: Duration = Duration::from_secs(3);

/// Goes through a plan for this long.
pub fn all(scene: &Scene, plan: Plan, span: Duration) {
    for step in plan {
        if since(scene.began) > span {
            return;
        }
        thread::sleep(step.rest);
        let from = Instant::now();
        inflict(scene, step);
        let trouble = Trouble { from, until: Instant::now() + ON_ITS_WAY };
        scene.inflicted.lock().expect("nobody panics here").push((step.fault, trouble));
    }
}

fn inflict(scene: &Scene, step: Step) {
    let (host, wait) = (&scene.app.hosts()[step.host], || thread::sleep(step.lasts));
    match step.fault {
        Fault::Killed => {
            host.kill();
            wait();
            scene.app.start_host(step.host);
            scene.networks[step.host].leads_to(&host.url());
        }
        Fault::Paused => {
            host.pause();
            wait();
            host.resume();
        }
        Fault::RedisGone => {
            scene.app.redis().kill();
            wait();
            scene.app.redis().start_again();
        }
        Fault::Cut => {
            let network = &scene.networks[step.host];
            network.cut_all();
            network.cut_of_thousand(CUTS_OF_THOUSAND);
            wait();
            network.cut_of_thousand(1);
        }
        Fault::DiskFull => {
            let disk = scene.app.disk().expect("a plan with it");
            disk.fill();
            wait();
            disk.free();
        }
        Fault::ClockJumps => {
            let clock = scene.clock.as_ref().expect("a plan with it");
            clock.set(step.jump);
            wait();
            clock.set(0);
        }
        Fault::DatabaseKilled | Fault::DatabasePaused | Fault::DatabaseCut => to_database(scene, step),
    }
}

fn to_database(scene: &Scene, step: Step) {
    let (database, wait) = (scene.app.database().expect("a plan with it"), || thread::sleep(step.lasts));
    match step.fault {
        Fault::DatabaseKilled => {
            database.kill();
            wait();
            database.start_again();
        }
        Fault::DatabasePaused => {
            database.pause();
            wait();
            database.resume();
        }
        _ => {
            let way = database.way().expect("a scene with a frail one");
            way.cut_all();
            way.cut_of_thousand(CUTS_OF_THOUSAND / 10);
            wait();
            way.cut_of_thousand(0);
        }
    }
}
