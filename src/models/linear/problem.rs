//! What a linear model minimises, and the ways there.

use super::columns::few_columns::FewColumns;
use super::columns::rows::Rows;
use super::loss::Smooth;
use super::loss::binary::Binary;
use super::loss::multinomial::Softmax;
use super::row_space::RowSpace;
use super::sample::{ROUGHLY, samples};
use super::solver::newton::{Minimum, Precision, minimise};
use crate::data::TrainingSet;
use crate::data::scratch::Scratch;
use crate::error::Result;

/// Coefficients from which on columns that an l1 penalty leaves out are worth leaving out.
const MANY: usize = 300;

/// Losses that have a slope everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// Of one class against the others.
    Logistic { positive: u32 },
    /// Of one class against the others.
    SquaredHinge { positive: u32 },
    /// Of all classes at once.
    Softmax,
}

/// Losses, and penalties that are alike for all columns but that of the intercept.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) loss: Loss,
    /// What a row of each class weighs.
    pub(super) weights: Vec<f64>,
    /// Value of the column that stands for the intercept.
    pub(super) bias: Option<f64>,
    /// Whether it is penalised like the others.
    pub(super) is_bias_penalised: bool,
    /// Weight of |w|.
    pub(super) l1: f64,
    /// Weight of ½ w².
    pub(super) l2: f64,
}

impl Problem {
    /// The space of `data`'s rows, where that is enough to look in. The intercept's column becomes one
    /// of it, where it is penalised like all others.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(super) async fn space<'a>(
        &mut self,
        data: &TrainingSet<'a>,
        max_rows: usize,
    ) -> Result<Option<RowSpace<'a>>> {
        if self.l1 > 0.0 {
            return Ok(None);
        }
        let is_like_others = self.is_bias_penalised || self.l2 == 0.0;
        let bias = self.bias.filter(|_| is_like_others);
        let space = RowSpace::new(data, bias, max_rows).await?;
        if space.is_some() && is_like_others {
            self.bias = None;
        }
        Ok(space)
    }

    /// The minimum on `data`.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(super) async fn minimise(
        &self,
        data: &TrainingSet<'_>,
        precision: Precision,
    ) -> Result<Minimum> {
        let n_coefficients = self.n_planes() * self.width(data.n_features());
        if self.l1 > 0.0 && n_coefficients > MANY {
            return self.minimise_by_few(data, precision).await;
        }
        let mut like = None;
        for sample in samples(data, &self.weights, n_coefficients).iter().rev() {
            let rows = TrainingSet {
                rows: &sample.rows,
                ..*data
            };
            like = Some(self.fit(&rows, &sample.weights, like, ROUGHLY).await?);
        }
        self.fit(data, &self.weights, like, precision).await
    }

    /// The minimum with only some columns, and then with those, too, whose slopes exceed the l1
    /// penalty, until there are no others.
    async fn minimise_by_few(
        &self,
        data: &TrainingSet<'_>,
        precision: Precision,
    ) -> Result<Minimum> {
        let d = data.n_features();
        let mut all = Scratch::zeros(self.n_planes() * self.width(d));
        let mut few = FewColumns::none(data);
        let mut minimum: Option<Minimum> = None;
        let mut is_rough = true;
        loop {
            let slopes = self.gradient(data, &all).await?;
            let excess: Vec<f64> = (0..d)
                .map(|j| {
                    slopes
                        .iter()
                        .skip(j)
                        .step_by(self.width(d))
                        .fold(0.0_f64, |m, s| m.max(s.abs()))
                        / self.l1
                })
                .collect();
            let n_used = (0..d)
                .filter(|&j| all.iter().skip(j).step_by(self.width(d)).any(|&w| w != 0.0))
                .count();
            if !few.add(data, &excess, n_used)? {
                match minimum {
                    Some(mut minimum) if !is_rough => {
                        minimum.w = all;
                        return Ok(minimum);
                    }
                    _ => is_rough = false,
                }
            }
            let like = minimum.map(|minimum| {
                let mut w = Scratch::empty(all.len());
                for plane in all.chunks_exact(self.width(d)) {
                    w.extend(few.pick(plane));
                }
                Minimum::moved(w, minimum.objective)
            });
            let precision = if is_rough { ROUGHLY } else { precision };
            let found = self
                .fit(&few.data(data.n_classes), &self.weights, like, precision)
                .await?;
            let width = self.width(few.len());
            for (all, w) in all
                .chunks_exact_mut(self.width(d))
                .zip(found.w.chunks_exact(width))
            {
                few.put(w, all);
            }
            minimum = Some(found);
        }
    }

    pub(super) fn n_planes(&self) -> usize {
        match self.loss {
            Loss::Softmax => self.weights.len(),
            _ => 1,
        }
    }

    pub(super) fn width(&self, n_features: usize) -> usize {
        n_features + usize::from(self.bias.is_some())
    }

    /// A penalty by column.
    pub(super) fn by_column(&self, penalty: f64, n_features: usize) -> Scratch<f64> {
        let mut all = Scratch::any(self.width(n_features));
        all.fill(penalty);
        if !self.is_bias_penalised {
            all[n_features..].fill(0.0);
        }
        all
    }

    /// The smooth part on `data`, whose classes weigh `weights`.
    fn smooth<'a>(&self, data: &TrainingSet<'a>, weights: &[f64]) -> Result<Smooth<'a>> {
        let rows = |positive| Rows::new(*data, self.bias, positive);
        let d = data.n_features();
        let l2 = self.by_column(self.l2, d);
        Ok(match self.loss {
            Loss::Logistic { positive } => {
                Smooth::Logistic(Binary::new(rows(Some(positive)), weights, l2))
            }
            Loss::SquaredHinge { positive } => {
                Smooth::SquaredHinge(Binary::new(rows(Some(positive)), weights, l2))
            }
            Loss::Softmax => {
                let l1 = self.by_column(self.l1, d);
                Smooth::Softmax(Softmax::new(rows(None), weights, &l1, l2)?)
            }
        })
    }

    /// Slopes of the smooth part at `w`.
    async fn gradient(&self, data: &TrainingSet<'_>, w: &[f64]) -> Result<Scratch<f64>> {
        let mut smooth = self.smooth(data, &self.weights)?;
        let (zeros, mut gradient) = (Scratch::zeros(w.len()), Scratch::any(w.len()));
        smooth.look(&zeros, w, &mut gradient).await;
        Ok(gradient)
    }

    async fn fit(
        &self,
        data: &TrainingSet<'_>,
        weights: &[f64],
        like: Option<Minimum>,
        precision: Precision,
    ) -> Result<Minimum> {
        let width = self.width(data.n_features());
        let by_column = self.by_column(self.l1, data.n_features());
        let mut l1 = Scratch::empty(width * self.n_planes());
        (0..self.n_planes()).for_each(|_| l1.extend_from_slice(&by_column));
        let mut smooth = self.smooth(data, weights)?;
        minimise(&mut smooth, &l1, like, precision).await
    }
}
