/// \file
/// The slow reference for the executor: a network computed with LibTorch's own automatic differentiation, in double
/// precision unless single is asked for, layer by layer as it is written.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "randomness.hpp"
#include "zcmpi/data/image_batch.hpp"
#include "zcmpi/proxy/network.hpp"

namespace zcmpi {

struct AutogradReference {
  /// Of layers with weights, in the network's order.
  std::vector<torch::Tensor> weights;
  std::vector<torch::Tensor> biases;
  /// Outputs of the layers with weights.
  std::vector<torch::Tensor> outputs;
  std::vector<std::uint32_t> fan_in;
  /// Of all layers.
  std::vector<torch::Tensor> values;
  torch::Tensor images;
  torch::Tensor logits;
  torch::Tensor loss;
};

inline torch::Tensor reference_layer(const Layer& layer, const std::vector<torch::Tensor>& inputs,
                                     const torch::Tensor& weight, const torch::Tensor& bias, std::int64_t images,
                                     torch::ScalarType precision = torch::kDouble) {
  const std::int64_t kernel = layer.kernel;
  const std::int64_t stride = layer.stride;
  const std::int64_t padding = layer.padding;
  const std::int64_t dilation = layer.dilation;
  switch (layer.kind) {
    case LayerKind::input: break;
    case LayerKind::zeros:
      return torch::zeros({images, layer.shape.channels, layer.shape.height, layer.shape.width}, precision);
    case LayerKind::convolution:
      return torch::conv2d(inputs[0], weight, {}, {stride, stride}, {padding, padding}, {dilation, dilation},
                           layer.groups);
    case LayerKind::batch_norm: return torch::batch_norm(inputs[0], {}, {}, {}, {}, true, 0.1, 1e-5, false);
    case LayerKind::relu: return torch::relu(inputs[0]);
    case LayerKind::average_pool:
      return torch::avg_pool2d(inputs[0], {kernel, kernel}, {stride, stride}, {padding, padding}, false, false);
    case LayerKind::max_pool:
      return torch::max_pool2d(inputs[0], {kernel, kernel}, {stride, stride}, {padding, padding});
    case LayerKind::global_average_pool: return inputs[0].mean({2, 3});
    case LayerKind::linear: return torch::linear(inputs[0], weight, bias);
    case LayerKind::add: {
      auto sum = inputs[0];
      for (std::size_t i = 1; i < inputs.size(); ++i) {
        sum = sum + inputs[i];
      }
      return sum;
    }
    case LayerKind::concatenate: return torch::cat(inputs, 1);
    case LayerKind::truncate: return inputs[0].narrow(1, 0, layer.shape.channels);
    case LayerKind::crop: return inputs[0].narrow(2, 1, layer.shape.height).narrow(3, 1, layer.shape.width);
  }
  return {};
}

inline AutogradReference autograd_reference(const Network& network, const ImageBatch& batch,
                                            const Randomness& randomness,
                                            Initialisation initialisation = Initialisation::standard,
                                            torch::ScalarType precision = torch::kDouble) {
  // Numbers in single precision would stay where they are.
  constexpr bool copy = true;
  AutogradReference reference;
  const auto images = static_cast<std::int64_t>(batch.size());
  auto pixels = batch.pixels;
  reference.images =
      torch::from_blob(pixels.data(), {images, batch.shape.channels, batch.shape.height, batch.shape.width})
          .to(precision, false, copy)
          .requires_grad_();
  std::vector<torch::Tensor>& values = reference.values;
  values.push_back(reference.images);
  for (std::size_t i = 1; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    torch::Tensor weight;
    torch::Tensor bias;
    if (layer.has_weights()) {
      const bool linear = layer.kind == LayerKind::linear;
      std::vector<float> weights(layer.weights());
      std::vector<float> biases(linear ? layer.shape.channels : 0);
      randomness.fill_weights(initialisation, reference.weights.size(), layer, weights, biases);
      const std::int64_t kernel = layer.kernel;
      weight =
          torch::from_blob(weights.data(), {layer.shape.channels, layer.fan_in / (kernel * kernel), kernel, kernel})
              .to(precision, false, copy);
      weight = (linear ? weight.flatten(1) : weight).requires_grad_();
      bias = torch::from_blob(biases.data(), {static_cast<std::int64_t>(biases.size())}).to(precision, false, copy);
    }
    std::vector<torch::Tensor> inputs;
    for (const auto input : layer.inputs) {
      inputs.push_back(values[input]);
    }
    values.push_back(reference_layer(layer, inputs, weight, bias, images, precision));
    if (layer.has_weights()) {
      reference.weights.push_back(weight);
      reference.biases.push_back(bias);
      reference.outputs.push_back(values.back());
      reference.fan_in.push_back(layer.fan_in);
    }
  }
  reference.logits = values.back();
  std::vector<std::int64_t> labels(batch.labels.begin(), batch.labels.end());
  reference.loss = torch::cross_entropy_loss(reference.logits, torch::tensor(labels));
  return reference;
}

/// Gradients of a scalar; zeros where it does not depend on something.
inline std::vector<torch::Tensor> gradients_of(const torch::Tensor& scalar, const std::vector<torch::Tensor>& by,
                                               bool differentiable = false) {
  auto gradients = torch::autograd::grad({scalar}, by, {}, true, differentiable, true);
  for (std::size_t i = 0; i < by.size(); ++i) {
    gradients[i] = gradients[i].defined() ? gradients[i] : torch::zeros_like(by[i]);
  }
  return gradients;
}

}  // namespace zcmpi
