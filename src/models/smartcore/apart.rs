//! The end that has no smartcore: fits and predictions are asked of a file of its own, which whoever runs this build
//! fetches when it is needed.
//!
//! Each thread has an instance of that file, with memory of its own, and sends it a model when it first needs it there.
//!
//! Over 400 lines with its tests, which have both ends in one process.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::wire::{Unit, answered, encoded};
use crate::data::TrainingSet;
use crate::error::{Error, Result};

/// Models that an instance holds at most, so that one that nobody lets go does not grow for ever.
const MOST_HELD: usize = 16;

/// The calling thread's instance, as whoever runs this build reaches it. Where it stops in the middle of a call that is an
/// error, `Stopped`, and the next call finds a fresh one.
pub trait Instance: Sync {
    /// Whether the file has come, so that there can be an instance.
    fn is_here(&self) -> bool;

    /// [`fit`](super::served::fit); the rows come in pieces, `n_cells` numbers in all.
    ///
    /// # Errors
    /// `OutOfMemory`, `Stopped`.
    fn fit(
        &self,
        request: &[u8],
        rows: &mut dyn Iterator<Item = &[f64]>,
        n_cells: usize,
        codes: &[u32],
    ) -> Result<Vec<u8>>;

    /// [`Served::hold`](super::served::Served::hold).
    ///
    /// # Errors
    /// `OutOfMemory`, `Stopped`.
    fn hold(&self, number: u32, model: &[u8]) -> Result<Vec<u8>>;

    /// [`Served::release`](super::served::Served::release).
    fn release(&self, number: u32);

    /// [`Served::codes`](super::served::Served::codes).
    ///
    /// # Errors
    /// `OutOfMemory`, `Stopped`.
    fn codes(&self, number: u32, x: &[f64], out: &mut [i32]) -> Result<bool>;

    /// [`Served::shares`](super::served::Served::shares).
    ///
    /// # Errors
    /// `OutOfMemory`, `Stopped`.
    fn shares(&self, number: u32, x: &[f64], out: &mut [f64]) -> Result<bool>;
}

static INSTANCE: OnceLock<&'static dyn Instance> = OnceLock::new();

/// Says how instances are reached; the first word holds.
pub fn reach_by(instance: &'static dyn Instance) {
    INSTANCE.get_or_init(|| instance);
}

fn instance() -> Result<&'static dyn Instance> {
    let here = INSTANCE.get().filter(|instance| instance.is_here());
    here.copied().ok_or_else(|| Error::Stopped {
        what: "smartcore",
        reason: "its file has not been fetched".to_owned(),
    })
}

/// Does one unit of a fit.
pub(super) fn fit_unit<E: Serialize, P: DeserializeOwned>(
    estimator: &E,
    data: &TrainingSet<'_>,
    unit: usize,
) -> Result<P> {
    let request = encoded(&Unit {
        estimator,
        unit: unit as u32,
        n_features: data.n_features() as u32,
        n_classes: data.n_classes as u32,
    })?;
    let codes: Vec<u32> = data.iter().map(|(_, code)| code).collect();
    let (x, d) = (data.flat(), data.n_features());
    let follow = |a: &u32, b: &u32| a.checked_add(1) == Some(*b);
    let mut pieces = (data.rows.chunk_by(follow)).map(|rows| {
        let first = rows[0] as usize;
        &x[first * d..(first + rows.len()) * d]
    });
    let answer = instance()?.fit(&request, &mut pieces, codes.len() * d, &codes)?;
    answered(&answer)
}

thread_local! {
    /// What this thread's instance has been sent: it is let go there once it is gone here.
    static HELD: RefCell<Vec<(u32, Weak<u32>)>> = const { RefCell::new(Vec::new()) };
}

/// A model's number in all instances.
#[derive(Debug, Clone)]
pub(super) struct Held(Arc<u32>);

impl Held {
    /// A number for a model. It is made ready in this thread's instance at once, if the file is here.
    pub(super) fn of(model: &impl Serialize) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let held = Self(Arc::new(NEXT.fetch_add(1, Ordering::Relaxed)));
        if let Ok(instance) = instance() {
            held.send(instance, model)?;
        }
        Ok(held)
    }

    fn send(&self, instance: &dyn Instance, model: &impl Serialize) -> Result<()> {
        /// One at a time: each has the whole model as it is sent, in the one memory of all threads.
        static SENDING: Mutex<()> = Mutex::new(());
        let _turn = SENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = encoded(model)?;
        HELD.with_borrow_mut(|held| {
            // One that has ended since knows none of them.
            held.retain(|(number, alive)| {
                let keep = alive.strong_count() > 0 && *number != *self.0;
                if !keep {
                    instance.release(*number);
                }
                keep
            });
            while held.len() >= MOST_HELD {
                instance.release(held.remove(0).0);
            }
            answered::<()>(&instance.hold(*self.0, &bytes)?)?;
            held.push((*self.0, Arc::downgrade(&self.0)));
            Ok(())
        })
    }

    /// Writes a code a row of `x`.
    pub(super) fn codes_into(&self, model: &impl Serialize, x: &[f64], out: &mut [i32]) {
        if !out.is_empty() {
            self.ask(model, &mut |instance| instance.codes(*self.0, x, out));
        }
    }

    /// Writes the shares of the classes, a row of `x` each.
    pub(super) fn shares_into(&self, model: &impl Serialize, x: &[f64], out: &mut [f64]) {
        if !out.is_empty() {
            self.ask(model, &mut |instance| instance.shares(*self.0, x, out));
        }
    }

    /// Asks this thread's instance, which is sent the model where it does not have it. A prediction has no error to give:
    /// whoever waits for it hears of its end as of any other.
    #[expect(clippy::panic)]
    fn ask(&self, model: &impl Serialize, call: &mut dyn FnMut(&dyn Instance) -> Result<bool>) {
        let mut asked = || {
            let instance = instance()?;
            Ok(call(instance)? || {
                self.send(instance, model)?;
                call(instance)?
            })
        };
        match asked() {
            Ok(true) => {}
            Ok(false) => panic!("smartcore's instance has lost a model"),
            // What those who hear of it know a want of memory by.
            Err(Error::OutOfMemory { .. }) => panic!("out of memory"),
            Err(Error::Stopped { reason, .. }) => panic!("{reason}"),
            Err(error) => panic!("{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ndarray::Array2;

    use super::*;
    use crate::models::params::{ParamValue, Params};
    use crate::models::smartcore::served::{Served, fit};
    use crate::models::smartcore::{SmartcoreEstimator, SmartcoreModel, SmartcorePart};

    /// An instance a thread, as in a browser, and what it was asked.
    struct Here;

    #[derive(Default)]
    struct Thread {
        served: Served,
        n_held: usize,
        released: Vec<u32>,
        stops: bool,
    }

    thread_local! {
        static THREAD: RefCell<Thread> = RefCell::default();
    }

    impl Instance for Here {
        fn is_here(&self) -> bool {
            true
        }

        fn fit(
            &self,
            request: &[u8],
            rows: &mut dyn Iterator<Item = &[f64]>,
            n_cells: usize,
            codes: &[u32],
        ) -> Result<Vec<u8>> {
            let x = rows.collect::<Vec<_>>().concat();
            assert_eq!(x.len(), n_cells);
            Ok(fit(request, &x, codes))
        }

        fn hold(&self, number: u32, model: &[u8]) -> Result<Vec<u8>> {
            THREAD.with_borrow_mut(|thread| {
                thread.n_held += 1;
                Ok(thread.served.hold(number, model))
            })
        }

        fn release(&self, number: u32) {
            THREAD.with_borrow_mut(|thread| {
                thread.released.push(number);
                thread.served.release(number);
            });
        }

        fn codes(&self, number: u32, x: &[f64], out: &mut [i32]) -> Result<bool> {
            THREAD.with_borrow_mut(|thread| {
                if std::mem::take(&mut thread.stops) {
                    thread.served = Served::default();
                    return Err(Error::Stopped {
                        what: "smartcore",
                        reason: "out of memory".to_owned(),
                    });
                }
                Ok(thread.served.codes(number, x, out))
            })
        }

        fn shares(&self, number: u32, x: &[f64], out: &mut [f64]) -> Result<bool> {
            THREAD.with_borrow(|thread| Ok(thread.served.shares(number, x, out)))
        }
    }

    const N: usize = 120;

    fn rows() -> (Array2<f64>, Vec<u32>) {
        let x = Array2::from_shape_fn((N, 3), |(i, j)| ((i * 7 + j * 13) as f64).sin());
        let codes = (0..N as u32).map(|i| i * 7 % 11 % 3).collect();
        (x, codes)
    }

    fn set<'a>(x: &'a Array2<f64>, codes: &'a [u32], rows: &'a [u32]) -> TrainingSet<'a> {
        TrainingSet {
            x: x.view(),
            codes,
            n_classes: 3,
            rows,
            shared: None,
        }
    }

    fn estimators() -> Vec<SmartcoreEstimator> {
        let number = |name: &str, value: f64| -> Params {
            [(name.to_owned(), ParamValue::Number(value))].into()
        };
        let all: [(&str, Params); 6] = [
            ("GaussianNB", Params::new()),
            ("LogisticRegression", number("C", 2.0)),
            ("RandomForestClassifier", number("n_estimators", 2.0)),
            ("DecisionTreeClassifier", number("max_depth", 4.0)),
            ("KNeighborsClassifier", number("n_neighbors", 4.0)),
            ("SVC", number("tol", 1.0)),
        ];
        let read = |(name, params): &(&str, Params)| SmartcoreEstimator::read(name, params);
        all.iter().map(|one| read(one).unwrap().unwrap()).collect()
    }

    fn bytes(part: &SmartcorePart) -> Vec<u8> {
        encoded(part).unwrap()
    }

    /// What is sent of a model: its variant, then what is saved of it.
    fn saved(model: &SmartcoreModel) -> (u32, Vec<u8>) {
        let bytes = encoded(model).unwrap();
        let (variant, rest) = postcard::take_from_bytes::<u32>(&bytes).unwrap();
        (variant, rest.to_vec())
    }

    #[test]
    fn a_unit_of_a_fit_is_there_what_it_is_here() {
        reach_by(&Here);
        let (x, codes) = rows();
        // Rows that follow each other, and rows that do not.
        let some: Vec<u32> = (0..N as u32).filter(|i| i % 5 != 2 || *i > 60).collect();
        let all: Vec<u32> = (0..N as u32).collect();
        for listed in [&all, &some] {
            let data = set(&x, &codes, listed);
            for estimator in estimators() {
                for unit in 0..estimator.n_units() {
                    let here = estimator.fit_unit(&data, unit).unwrap();
                    let there: SmartcorePart = fit_unit(&estimator, &data, unit).unwrap();
                    assert_eq!(bytes(&there), bytes(&here), "{estimator:?}");
                }
            }
        }
    }

    #[test]
    fn errors_arrive_with_their_fields() {
        reach_by(&Here);
        let (x, codes) = rows();
        let x = x * 1e200;
        let listed: Vec<u32> = (0..N as u32).collect();
        let data = set(&x, &codes, &listed);
        let mut n_refused = 0;
        for estimator in estimators() {
            let here = estimator.fit_unit(&data, 0).map(|part| bytes(&part));
            let there = fit_unit::<_, SmartcorePart>(&estimator, &data, 0);
            n_refused += usize::from(here.is_err());
            assert_eq!(there.map(|part| bytes(&part)), here);
        }
        assert!(n_refused > 2);
        for error in [
            Error::OutOfMemory {
                what: "something",
                needed_bytes: 1 << 40,
                largest_rows: 7,
            },
            Error::invalid("C", 3, "less"),
        ] {
            let bytes = super::super::wire::answer::<()>(Err(error.clone()));
            assert_eq!(answered::<()>(&bytes), Err(error));
        }
    }

    #[test]
    fn models_predict_there_what_they_predict_here_and_are_sent_once_a_thread() {
        reach_by(&Here);
        let (x, codes) = rows();
        let listed: Vec<u32> = (0..N as u32).collect();
        let data = set(&x, &codes, &listed);
        let rows = x.as_slice().unwrap();
        let mut kinds = BTreeMap::new();
        for estimator in estimators() {
            let model = match estimator.fit_unit(&data, 0).unwrap() {
                SmartcorePart::Whole(model) => model,
                SmartcorePart::Tree(tree) => SmartcoreModel::forest(3, 3, vec![tree]).unwrap(),
            };
            if !model.has_kernels() {
                continue;
            }
            *kinds.entry(saved(&model).0).or_insert(0) += 1;
            let (mut here, mut there) = ([-1; N], [-1; N]);
            model.inner().predict_into(rows, &[0, 1, 2], &mut here);
            let held = Held::of(&model).unwrap();
            let n_held = || THREAD.with_borrow(|thread| thread.n_held);
            let sent = n_held();
            held.codes_into(&model, rows, &mut there);
            assert_eq!(there, here, "{estimator:?}");
            let (mut here, mut there) = ([0.0; 3 * N], [0.0; 3 * N]);
            model.inner().predict_proba_into(rows, &mut here).unwrap();
            held.shares_into(&model, rows, &mut there);
            assert_eq!(there, here, "{estimator:?}");
            assert_eq!(n_held(), sent);
            // Another thread has another instance.
            std::thread::scope(|scope| {
                let other = scope.spawn(|| {
                    for _ in 0..2 {
                        held.shares_into(&model, rows, &mut there);
                    }
                    n_held()
                });
                assert_eq!(other.join().unwrap(), 1);
            });
        }
        // By these numbers what is sent begins: `Source::VARIANT`.
        assert_eq!(
            kinds.into_iter().collect::<Vec<_>>(),
            [(0, 1), (1, 1), (2, 2), (3, 1)]
        );
    }

    #[test]
    fn what_is_gone_here_is_let_go_there_and_an_instance_that_stopped_is_sent_all_anew() {
        reach_by(&Here);
        let (x, codes) = rows();
        let listed: Vec<u32> = (0..N as u32).collect();
        let data = set(&x, &codes, &listed);
        let SmartcorePart::Whole(model) = estimators()[0].fit_unit(&data, 0).unwrap() else {
            panic!("it is of one unit");
        };
        let mut out = [0; N];
        let ask = |held: &Held, out: &mut [i32]| {
            held.codes_into(&model, x.as_slice().unwrap(), out);
        };
        let [first, second] = [(); 2].map(|()| Held::of(&model).unwrap());
        let gone = *first.0;
        drop(first);
        let third = Held::of(&model).unwrap();
        assert_eq!(THREAD.with_borrow(|thread| thread.released.clone()), [gone]);
        // Of many that live some are let go, and sent again when they are asked.
        let many: Vec<Held> = (0..2 * MOST_HELD)
            .map(|_| Held::of(&model).unwrap())
            .collect();
        let n_released = THREAD.with_borrow(|thread| thread.released.len());
        assert_eq!(n_released, 1 + 2 + MOST_HELD);
        for held in [&second, &third, &many[0]] {
            ask(held, &mut out);
        }
        THREAD.with_borrow_mut(|thread| thread.stops = true);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ask(&second, &mut [0; N]);
        }));
        let words = panicked.unwrap_err();
        assert_eq!(words.downcast_ref::<String>().unwrap(), "out of memory");
        let mut again = [-1; N];
        ask(&second, &mut again);
        assert_eq!(again, out);
    }
}
