//! Gaussian naive Bayes against scikit-learn.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod forest_support;

use breakeven::data::TrainingSet;
use breakeven::models::classifier::{Attributes, Classifier};
use breakeven::models::gaussian_nb::{GaussianNb, GaussianNbParams};
use breakeven::models::params::Params;
use breakeven::parallel::pause::whole;
use forest_support::{Source, cases, generate, numbers};
use ndarray::Array2;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    data: Source,
    params: Params,
    theta: String,
    var: String,
    class_prior: String,
    class_count: String,
    epsilon: String,
    predict: Vec<i32>,
    proba: String,
}

fn fit(params: &Params, x: &Array2<f64>, codes: &[u32], k: usize) -> GaussianNb {
    let rows: Vec<u32> = (0..x.nrows() as u32).collect();
    let data = TrainingSet {
        x: x.view(),
        codes,
        n_classes: k,
        rows: &rows,
        shared: None,
    };
    whole(GaussianNb::fit(
        &GaussianNbParams::read(params).unwrap(),
        &data,
    ))
    .unwrap()
}

fn close(got: &[f64], wanted: &str, context: &str) {
    let wanted = numbers(wanted);
    assert_eq!(got.len(), wanted.len(), "{context}");
    for (got, wanted) in got.iter().zip(&wanted) {
        assert!(
            (got - wanted).abs() <= 1e-12 * wanted.abs().max(1e-4),
            "{context}: {got} for {wanted}"
        );
    }
}

#[test]
fn numbers_and_labels_are_scikit_learns() {
    for case in cases::<Case>(include_str!("fixtures/gaussian_nb.json")) {
        let context = format!("{:?} {:?}", case.data, case.params);
        let (x, codes) = generate(&case.data);
        let k = case.data.k;
        let model = fit(&case.params, &x, &codes, k);
        let Attributes::GaussianNb {
            theta,
            var,
            class_prior,
            class_count,
            epsilon,
        } = model.attributes().unwrap()
        else {
            panic!()
        };
        close(&theta.concat(), &case.theta, &context);
        close(&var.concat(), &case.var, &context);
        close(&class_prior, &case.class_prior, &context);
        close(&class_count, &case.class_count, &context);
        close(&[epsilon], &case.epsilon, &context);
        let (new, _) = generate(&Source {
            seed: 99,
            n: 200,
            ..case.data
        });
        let new = new.as_slice().unwrap();
        let mut labels = vec![0; 200];
        model.predict_into(new, &(0..k as i32).collect::<Vec<_>>(), &mut labels);
        assert_eq!(labels, case.predict, "{context}");
        let mut proba = vec![0.0; 10 * k];
        model
            .predict_proba_into(&new[..10 * case.data.d], &mut proba)
            .unwrap();
        close(&proba, &case.proba, &context);

        let again: GaussianNb =
            postcard::from_bytes(&postcard::to_allocvec(&model).unwrap()).unwrap();
        assert_eq!(again.attributes(), model.attributes());
    }
}

#[test]
fn rows_half_way_go_to_the_first_class() {
    // Two classes alike but for the sign: 0 is exactly half-way, and scikit-learn takes the first.
    let x = Array2::from_shape_vec((4, 1), vec![-2.0, -1.0, 1.0, 2.0]).unwrap();
    let model = fit(&Params::new(), &x, &[0, 0, 1, 1], 2);
    let mut labels = [0; 5];
    model.predict_into(&[0.0, -1e-300, 1e-14, 1e300, -1e300], &[5, 7], &mut labels);
    assert_eq!(labels[..3], [5, 5, 7]);
}

#[test]
fn bad_settings_and_files_are_refused() {
    let read = |text: &str| GaussianNbParams::read(&serde_json::from_str::<Params>(text).unwrap());
    for bad in [
        r#"{"priors":[0.5,0.6]}"#,
        r#"{"priors":[-1,2]}"#,
        r#"{"var_smoothing":-1}"#,
        r#"{"prior":null}"#,
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
    let (x, codes) = generate(&Source {
        seed: 1,
        n: 30,
        d: 2,
        k: 2,
        levels: 0,
    });
    let mut json = serde_json::to_value(fit(&Params::new(), &x, &codes, 2)).unwrap();
    json["theta"].as_array_mut().unwrap().pop();
    assert!(serde_json::from_value::<GaussianNb>(json).is_err());
    let rows: Vec<u32> = (0..30).collect();
    let data = TrainingSet {
        x: x.view(),
        codes: &codes,
        n_classes: 2,
        rows: &rows,
        shared: None,
    };
    assert!(
        whole(GaussianNb::fit(
            &read(r#"{"priors":[0.5,0.2,0.3]}"#).unwrap(),
            &data
        ))
        .is_err()
    );
}

proptest! {
    #[test]
    fn quick_labels_are_the_most_probable(
        seed in 0_u64..1000, d in 1_usize..24, k in 2_usize..5, levels in 0_u32..4,
    ) {
        let (x, codes) = generate(&Source { seed, n: 60, d, k, levels });
        let model = fit(&Params::new(), &x, &codes, k);
        let (new, _) = generate(&Source { seed: seed + 1, n: 40, d, k, levels });
        let new = new.as_slice().unwrap();
        let (mut labels, mut proba) = (vec![0; 40], vec![0.0; 40 * k]);
        model.predict_into(new, &(0..k as i32).collect::<Vec<_>>(), &mut labels);
        model.predict_proba_into(new, &mut proba).unwrap();
        for (label, row) in labels.iter().zip(proba.chunks(k)) {
            prop_assert!(row.iter().all(|p| *p <= row[*label as usize]));
        }
    }
}
