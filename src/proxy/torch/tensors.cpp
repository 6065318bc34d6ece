#include "tensors.hpp"

#include <algorithm>

#include "zcmpi/core/error.hpp"

namespace zcmpi {

std::span<const float> numbers_of(const at::Tensor& tensor) {
  ZCMPI_EXPECT(tensor.dim() != 4 || tensor.is_contiguous(at::MemoryFormat::ChannelsLast));
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

std::span<float> writable_numbers_of(at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

at::Tensor images_of(const ImageBatch& batch) {
  at::Tensor images =
      at::empty({static_cast<std::int64_t>(batch.size()), batch.shape.channels, batch.shape.height, batch.shape.width});
  std::ranges::copy(batch.pixels, images.data_ptr<float>());
  return images.contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace zcmpi
