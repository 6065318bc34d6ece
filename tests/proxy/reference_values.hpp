/// \file
/// Proxies as they are defined, computed with automatic differentiation, in double precision unless single is
/// asked for.
#pragma once

#include <cmath>
#include <map>
#include <vector>

#include "autograd_reference.hpp"
#include "zcmpi/proxy/proxies.hpp"

namespace zcmpi {

/// The gradients' rows by the images give jacov and, class by class, epe_nas: for a hundred classes at most.
inline void add_reference_of_rows(const torch::Tensor& rows, const ImageBatch& batch, std::map<Proxy, double>& values) {
  const auto correlation = torch::corrcoef(rows);
  if (!correlation.isfinite().all().item<bool>()) {
    return;
  }
  const auto eigenvalues = torch::linalg_eigvalsh(correlation);
  values[Proxy::jacov] = -((eigenvalues + 1e-5).log() + 1.0 / (eigenvalues + 1e-5)).sum().item<double>();
  std::map<std::uint32_t, std::vector<std::int64_t>> places;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    places[batch.labels[i]].push_back(static_cast<std::int64_t>(i));
  }
  for (const auto& [label, images] : places) {
    const auto of_class = torch::corrcoef(rows.index_select(0, torch::tensor(images)));
    values[Proxy::epe_nas] += std::abs((of_class.abs() + 1e-5).log().sum().item<double>());
  }
}

/// grad_norm, plain, snip, fisher, grasp, jacov and epe_nas.
inline std::map<Proxy, double> reference_values(const Network& network, const ImageBatch& batch,
                                                const Randomness& randomness,
                                                torch::ScalarType precision = torch::kDouble) {
  const auto reference = autograd_reference(network, batch, randomness, Initialisation::standard, precision);
  std::map<Proxy, double> values;
  std::vector<torch::Tensor> by = reference.weights;
  by.insert(by.end(), reference.outputs.begin(), reference.outputs.end());
  const auto gradients = gradients_of(reference.loss, by, true);
  torch::Tensor product = torch::zeros({}, precision);
  for (std::size_t i = 0; i < reference.weights.size(); ++i) {
    const auto saliency = reference.weights[i] * gradients[i];
    values[Proxy::grad_norm] += gradients[i].norm().item<double>();
    values[Proxy::plain] += saliency.sum().item<double>();
    values[Proxy::snip] += saliency.abs().sum().item<double>();
    auto by_channel = reference.outputs[i] * gradients[reference.weights.size() + i];
    by_channel = by_channel.dim() == 4 ? by_channel.sum({2, 3}) : by_channel;
    values[Proxy::fisher] += 0.5 * by_channel.square().mean(0).sum().item<double>() * reference.fan_in[i];
    product = product + (gradients[i].detach() * gradients[i]).sum();
  }
  const auto products = gradients_of(product, reference.weights);
  for (std::size_t i = 0; i < reference.weights.size(); ++i) {
    values[Proxy::grasp] -= (reference.weights[i] * products[i]).sum().item<double>();
  }
  add_reference_of_rows(gradients_of(reference.logits.sum(), {reference.images})[0].flatten(1), batch, values);
  return values;
}

/// zico, of the gradients of the batch's halves.
inline double reference_zico(const Network& network, const ImageBatch& batch, const Randomness& randomness,
                             torch::ScalarType precision = torch::kDouble) {
  const auto half = static_cast<std::ptrdiff_t>(batch.size() / 2);
  const auto numbers = half * static_cast<std::ptrdiff_t>(batch.shape.size());
  std::vector<std::vector<torch::Tensor>> gradients;
  for (const std::ptrdiff_t i : {0, 1}) {
    ImageBatch part{.shape = batch.shape, .classes = batch.classes};
    part.pixels.assign(batch.pixels.begin() + i * numbers, batch.pixels.begin() + (i + 1) * numbers);
    part.labels.assign(batch.labels.begin() + i * half, batch.labels.begin() + (i + 1) * half);
    const auto reference = autograd_reference(network, part, randomness, Initialisation::standard, precision);
    gradients.push_back(gradients_of(reference.loss, reference.weights));
  }
  double sum = 0.0;
  for (std::size_t layer = 0; layer < gradients[0].size(); ++layer) {
    const auto pair = torch::stack({gradients[0][layer], gradients[1][layer]});
    const auto deviation = pair.std(0, false);
    const auto ratios = (pair.abs().mean(0) / deviation).masked_select(deviation > 0);
    sum += ratios.numel() > 0 ? std::log(ratios.sum().item<double>()) : 0.0;
  }
  return sum;
}

}  // namespace zcmpi
