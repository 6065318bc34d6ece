#include "scores.hpp"

#include <c10/util/Exception.h>

#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace zcmpi {
namespace {

/// Eigenvalues of a symmetric matrix, ascending; undefined when there are none, as for a matrix with NaN.
at::Tensor eigenvalues(const at::Tensor& matrix) {
  if (!matrix.isfinite().all().item<bool>()) {
    return {};
  }
  try {
    return at::linalg_eigvalsh(matrix);
  } catch (const c10::LinAlgError&) {
    return {};
  }
}

/// One row a position, one column a channel; rows of all images.
at::Tensor positions_by_channels(const at::Tensor& map) { return map.permute({0, 2, 3, 1}).reshape({-1, map.size(1)}); }

/// With more classes than these they are scored by differences, not by sums.
constexpr std::uint32_t epe_nas_many_classes = 100;

}  // namespace

Score missing(std::string reason) { return {std::numeric_limits<double>::quiet_NaN(), std::move(reason)}; }

at::Tensor correlations(const at::Tensor& rows) {
  const at::Tensor numbers = rows.to(at::kDouble);
  const at::Tensor centred = numbers - numbers.mean(at::IntArrayRef{1}, true);
  const at::Tensor covariance = at::mm(centred, centred.t());
  const at::Tensor deviation = covariance.diagonal().sqrt();
  return covariance / at::outer(deviation, deviation);
}

Score jacov_score(const at::Tensor& rows) {
  constexpr double k = 1e-5;
  const at::Tensor values = eigenvalues(correlations(rows));
  if (!values.defined()) {
    return missing("the images' gradients have no correlations");
  }
  return {-((values + k).log() + 1.0 / (values + k)).sum().item<double>()};
}

Score epe_nas_score(const at::Tensor& rows, std::span<const std::uint32_t> labels, std::uint32_t classes) {
  constexpr double k = 1e-5;
  std::map<std::uint32_t, std::vector<std::int64_t>> rows_of;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    rows_of[labels[i]].push_back(static_cast<std::int64_t>(i));
  }
  const bool many_classes = classes > epe_nas_many_classes;
  std::vector<double> scores;
  for (const auto& [label, places] : rows_of) {
    // The original code fails on a single image's correlation with itself when it divides, and leaves it out.
    if (many_classes && places.size() == 1) {
      continue;
    }
    const at::Tensor correlation = correlations(rows.index_select(0, at::tensor(places)));
    const double sum = (correlation.abs() + k).log().sum().item<double>();
    scores.push_back(many_classes ? sum / static_cast<double>(places.size()) : sum);
  }
  if (scores.empty()) {
    return missing("no class has two images");
  }
  double score = 0.0;
  for (const double a : scores) {
    if (!many_classes) {
      score += std::abs(a);
      continue;
    }
    for (const double b : scores) {
      score += std::abs(a - b) / static_cast<double>(scores.size());
    }
  }
  return std::isnan(score) ? missing("the images' gradients have no correlations") : Score{score};
}

Score log_determinant(const at::Tensor& matrix) {
  try {
    const auto [sign, log] = at::linalg_slogdet(matrix);
    const double value = log.item<double>();
    return std::isfinite(value) ? Score{value} : missing("two images have the same patterns");
  } catch (const c10::LinAlgError&) {
    return missing("the determinant could not be computed");
  }
}

double smallest_channel_eigenvalue(const at::Tensor& map) {
  if (!map.isfinite().all().item<bool>()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const at::Tensor correlation = at::nan_to_num(correlations(map.flatten(1)), 0.0, 0.0, 0.0);
  const at::Tensor values = eigenvalues(correlation);
  return values.defined() ? values[0].item<double>() : std::numeric_limits<double>::quiet_NaN();
}

Score condition_number(const at::Tensor& matrix) {
  const at::Tensor values = eigenvalues(matrix);
  if (!values.defined()) {
    return missing("the kernel has no eigenvalues");
  }
  const double smallest = values[0].item<double>();
  return smallest > 0.0 ? Score{values[-1].item<double>() / smallest}
                        : missing("the kernel's smallest eigenvalue is not positive");
}

Score spectral_entropy(const at::Tensor& map) {
  constexpr double small = 1e-8;
  at::Tensor rows = positions_by_channels(map);
  rows = rows - rows.mean(at::IntArrayRef{0}, true);
  const at::Tensor covariance = (at::mm(rows.t(), rows) / static_cast<double>(rows.size(0))).to(at::kDouble);
  const at::Tensor values = eigenvalues(covariance);
  if (!values.defined()) {
    return missing("a block's covariance has no eigenvalues");
  }
  const at::Tensor share = values.clamp_min(0.0) / values.clamp_min(0.0).sum();
  const double entropy = -(share * (share + small).log()).sum().item<double>();
  return std::isnan(entropy) ? missing("a block brings a constant") : Score{entropy};
}

Score isometry(const at::Tensor& input_gradient, const at::Tensor& output_gradient) {
  at::Tensor by_input = input_gradient;
  if (by_input.sizes() == output_gradient.sizes() && by_input.equal(output_gradient)) {
    return missing("a block passes its input on unchanged");
  }
  if (by_input.size(2) != output_gradient.size(2) || by_input.size(3) != output_gradient.size(3)) {
    const std::int64_t factor = by_input.size(2) / output_gradient.size(2);
    if (factor * output_gradient.size(2) != by_input.size(2) || factor * output_gradient.size(3) != by_input.size(3)) {
      return missing("a block's resolution is not a fraction of the one before");
    }
    by_input = at::pixel_unshuffle(by_input, factor);
  }
  const at::Tensor inputs = positions_by_channels(by_input);
  const at::Tensor outputs = positions_by_channels(output_gradient);
  const at::Tensor product = (at::mm(inputs.t(), outputs) / static_cast<double>(inputs.size(0))).to(at::kDouble);
  const at::Tensor values = eigenvalues(at::mm(product.t(), product));
  if (!values.defined()) {
    return missing("a block's gradients are not finite");
  }
  const double largest = std::sqrt(std::max(values[-1].item<double>(), 0.0));
  constexpr double small = 1e-6;
  return {2.0 - largest - 1.0 / (largest + small)};
}

}  // namespace zcmpi
