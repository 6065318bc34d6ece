#include "zcmpi/core/random.hpp"

#include <Random123/philox.h>

#include <cmath>

#include "zcmpi/core/error.hpp"
#include "zcmpi/core/portable_math.hpp"

namespace zcmpi {

RandomStream::RandomStream(const StreamKey& key)
    : key_{static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)},
      counter_{0, key.index, key.generation,
               (key.island << 8) | static_cast<std::uint32_t>(static_cast<std::uint8_t>(key.purpose))} {
  ZCMPI_EXPECT(key.island < (1U << 24));
}

void RandomStream::refill() {
  const r123::Philox4x32::ctr_type counter{{counter_[0], counter_[1], counter_[2], counter_[3]}};
  const r123::Philox4x32::key_type key{{key_[0], key_[1]}};
  const auto block = r123::Philox4x32{}(counter, key);
  for (std::size_t i = 0; i < block_.size(); ++i) {
    block_[i] = block[i];
  }
  ++counter_[0];
  left_ = 4;
}

double RandomStream::uniform() {
  const std::uint64_t high = next_word() >> 5;
  const std::uint64_t low = next_word() >> 6;
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

double RandomStream::normal() {
  for (;;) {
    const double u = 2.0 * uniform() - 1.0;
    const double v = 2.0 * uniform() - 1.0;
    const double s = u * u + v * v;
    if (s > 0.0 && s < 1.0) {
      return u * std::sqrt(-2.0 * portable::log(s) / s);
    }
  }
}

}  // namespace zcmpi
