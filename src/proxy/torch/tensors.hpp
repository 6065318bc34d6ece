/// \file
/// Tensors as plain numbers, and images as tensors.
#pragma once

#include <ATen/ATen.h>

#include <span>

#include "zcmpi/data/image_batch.hpp"

namespace zcmpi {

/// The numbers of a float tensor on the host whose memory is dense and, for four dimensions, channels last.
std::span<const float> numbers_of(const at::Tensor& tensor);

/// The same to write to, in the order of memory.
std::span<float> writable_numbers_of(at::Tensor& tensor);

/// [images, channels, height, width], channels last in memory, on the host.
at::Tensor images_of(const ImageBatch& batch);

}  // namespace zcmpi
