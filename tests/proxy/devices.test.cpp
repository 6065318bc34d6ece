// What devices compute with, on the host: the general operations, and memory that does not suffice.
#include <ATen/ATen.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <exception>
#include <fstream>
#include <limits>
#include <map>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "computation.hpp"
#include "plan.hpp"
#include "support.hpp"
#include "torch/devices.hpp"
#include "zcmpi/core/error.hpp"
#include "zcmpi/core/random.hpp"
#include "zcmpi/nas/search_space.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Spaces : public testing::TestWithParam<const char*> {};

TEST_P(Spaces, HaveTheSameValuesByGeneralOperationsButForTheLastDigits) {
  const Network network = network_of(GetParam());
  const ImageBatch batch = random_batch(network.image(), network.classes(), 8, 1);
  const auto proxies = parse_proxies("all");
  const auto fastest = compute_proxies(network, batch, proxies);
  const auto general = compute_proxies(network, batch, proxies, {.arithmetic = NetworkArithmetic::general});
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    SCOPED_TRACE(to_text(proxies[i]));
    EXPECT_EQ(general[i].reason, fastest[i].reason);
    // Of kernels that are singular but for rounding, condition numbers are rounding too.
    constexpr double singular = 1e6;
    if (proxies[i] == Proxy::ntk_cond && fastest[i].value > singular) {
      EXPECT_GT(general[i].value, singular);
    } else if (!std::isnan(fastest[i].value)) {
      EXPECT_NEAR(general[i].value, fastest[i].value, 2e-2 * std::abs(fastest[i].value) + 1e-4);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OfBenchmarks, Spaces, testing::Values("nb101", "nb201", "nb301", "tnb101-micro"),
                         [](const auto& which) {
                           std::string name = which.param;
                           std::erase(name, '-');
                           return name;
                         });

/// The proxies of a small network where filling the inputs of the entropies fails.
template <class Failure>
std::vector<ProxyValue> values_when(const Failure& fail) {
  const Network network = network_of("nb201");
  const ImageBatch batch = random_batch(network.image(), network.classes(), 4, 1);
  auto randomness = random_from_seed(1);
  randomness.fill_input = [&, fill = randomness.fill_input](RandomInput input, std::uint32_t index,
                                                            std::span<float> values) {
    input == RandomInput::az_images ? fail() : fill(input, index, values);
  };
  return compute_proxies(network, batch, parse_proxies("az_expressivity,az_trainability,nwot"), {}, randomness);
}

template <class Failure>
void expect_missing_memory(const Failure& fail, const std::string& reason = "the memory does not suffice") {
  const auto values = values_when(fail);
  EXPECT_EQ(values[0].reason, reason);
  EXPECT_EQ(values[1].reason, reason);
  EXPECT_TRUE(std::isnan(values[0].value));
  EXPECT_TRUE(std::isfinite(values[2].value)) << values[2].reason;
}

TEST(Memory, ThatDoesNotSufficeIsTheReasonOfThePassesProxiesAlone) {
  expect_missing_memory([] { throw std::bad_alloc(); });
  expect_missing_memory([] { throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, "CUDA out of memory."); });
  expect_missing_memory([] {
    throw c10::Error({__func__, __FILE__, __LINE__},
                     "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`");
  });
  for (const char* const message :
       {"CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED", "FIND was unable to find an engine to execute this computation",
        "Unable to find a valid cuDNN algorithm to run convolution"}) {
    expect_missing_memory(
        [&] {
          throw c10::Error({__func__, __FILE__, __LINE__}, message);
        },
        "the memory does not suffice, it seems (LibTorch: " + std::string(message) + ")");
  }
  // The host's allocator has an error of its own.
  expect_missing_memory([] { static_cast<void>(at::empty({std::int64_t{1} << 55})); });
}

/// The proxies of a small network where drawing the standard weights fails so many times.
template <class Failure>
std::vector<ProxyValue> values_when_drawing_fails(int times, std::string_view proxies, const Failure& fail) {
  const Network network = network_of("nb201");
  const ImageBatch batch = random_batch(network.image(), network.classes(), 4, 1);
  auto randomness = random_from_seed(1);
  randomness.fill_weights = [&, fill = randomness.fill_weights](Initialisation initialisation, std::size_t number,
                                                                const Layer& layer, std::span<float> weights,
                                                                std::span<float> biases) {
    initialisation == Initialisation::standard&& times-- > 0 ? fail()
                                                             : fill(initialisation, number, layer, weights, biases);
  };
  return compute_proxies(network, batch, parse_proxies(proxies), {}, randomness);
}

void out_of_memory() { throw std::bad_alloc(); }

TEST(Memory, ThatDoesNotSufficeForTheWeightsOfANormLeavesWhatNeedsNone) {
  const auto values = values_when_drawing_fails(1000, "l2_norm,params,swap,snip", out_of_memory);
  for (const std::size_t missing : {0U, 3U}) {
    EXPECT_EQ(values[missing].reason, "the memory does not suffice");
    EXPECT_TRUE(std::isnan(values[missing].value));
  }
  for (const std::size_t computed : {1U, 2U}) {
    EXPECT_TRUE(std::isfinite(values[computed].value)) << values[computed].reason;
  }
}

TEST(Memory, ThatDoesNotSufficeForAllPassesOverTheBatchServesThoseThatNeedLess) {
  constexpr std::string_view proxies = "nwot,meco,snip,fisher,jacov,grasp,zico,zen";
  const auto all = values_when_drawing_fails(0, proxies, out_of_memory);
  // Without the derivatives by the scale; without any backward pass; without anything but other weights and batches.
  const std::vector<std::vector<std::size_t>> missing{{}, {5}, {2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}};
  for (std::size_t failures = 0; failures < missing.size(); ++failures) {
    const auto values = values_when_drawing_fails(static_cast<int>(failures), proxies, out_of_memory);
    for (std::size_t i = 0; i < values.size(); ++i) {
      SCOPED_TRACE(std::string(to_text(values[i].proxy)) + " after failures: " + std::to_string(failures));
      const bool is_missing = std::ranges::count(missing[failures], i) > 0;
      EXPECT_EQ(values[i].reason, is_missing ? "the memory does not suffice" : "");
      if (is_missing) {
        EXPECT_TRUE(std::isnan(values[i].value));
      } else {
        EXPECT_EQ(values[i].value, all[i].value);
      }
      EXPECT_GE(values[i].seconds, 0.0);
    }
  }
}

TEST(Memory, IsNotTriedAgainForProxiesThatNeedAllOfIt) {
  // Of what is drawn again, grasp alone would find the second drawing to succeed.
  const auto values = values_when_drawing_fails(1, "grasp,zico", out_of_memory);
  EXPECT_EQ(values[0].reason, "the memory does not suffice");
  EXPECT_TRUE(std::isfinite(values[1].value)) << values[1].reason;
}

TEST(Memory, ThatSufficesIsNotTriedAgainAfterOtherErrors) {
  const auto values = values_when_drawing_fails(1, "nwot,grasp", [] {
    static_cast<void>(at::mm(at::ones({2, 3}), at::ones({2, 3})));
  });
  EXPECT_THAT(values[0].reason, StartsWith("failed: LibTorch: "));
  EXPECT_THAT(values[1].reason, StartsWith("failed: LibTorch: "));
}

TEST(Seconds, OfAProxyHaveThoseInWhichItsWeightsAreDrawn) {
  const Network network = network_of("nb201");
  const ImageBatch batch = random_batch(network.image(), network.classes(), 4, 1);
  constexpr std::chrono::milliseconds drawing(2);
  std::map<Initialisation, int> drawings;
  auto randomness = random_from_seed(1);
  randomness.fill_weights = [&, fill = randomness.fill_weights](Initialisation initialisation, std::size_t number,
                                                                const Layer& layer, std::span<float> weights,
                                                                std::span<float> biases) {
    fill(initialisation, number, layer, weights, biases);
    std::this_thread::sleep_for(drawing);
    ++drawings[initialisation];
  };
  const auto values = compute_proxies(network, batch, parse_proxies("all"), {}, randomness);
  for (const auto& value : values) {
    SCOPED_TRACE(std::string(to_text(value.proxy)));
    if (is_counted(value.proxy)) {
      EXPECT_LT(value.seconds, 0.002 * drawings[Initialisation::standard]);
      continue;
    }
    // Each kind is drawn once for all proxies of it, and counts for each.
    const auto initialisation = initialisation_of(value.proxy);
    ASSERT_TRUE(initialisation);
    ASSERT_GT(drawings[*initialisation], 0);
    EXPECT_GE(value.seconds, 0.002 * drawings[*initialisation]);
  }
}

TEST(Numbers, ThatAreNoneAreTheReasonOfZico) {
  const Network network = network_of("nb201");
  const ImageBatch batch = random_batch(network.image(), network.classes(), 4, 1);
  auto randomness = random_from_seed(1);
  randomness.fill_weights = [fill = randomness.fill_weights](Initialisation initialisation, std::size_t number,
                                                             const Layer& layer, std::span<float> weights,
                                                             std::span<float> biases) {
    fill(initialisation, number, layer, weights, biases);
    weights.front() = std::numeric_limits<float>::quiet_NaN();
  };
  const auto values = compute_proxies(network, batch, parse_proxies("zico"), {}, randomness);
  EXPECT_EQ(values[0].reason, "the value is nan");
}

/// In a process of its own: computes while the address space (RLIMIT_AS), or what of it can be written to
/// (RLIMIT_DATA), may grow by so much, and ends with 0 when it comes to a value or to the reason that the memory does
/// not suffice; a minute is more than enough.
[[noreturn]] void compute_in_little_memory(int resource, rlim_t bytes, std::size_t images, std::string_view proxies) {
  const Network network = network_of("nb201");
  const ImageBatch batch = random_batch(network.image(), network.classes(), images, 1);
  std::ifstream statistics("/proc/self/statm");
  // The whole, what is in memory, what of it is shared, code, 0, data and stack.
  std::array<rlim_t, 6> pages_of{};
  for (rlim_t& pages : pages_of) {
    statistics >> pages;
  }
  const rlim_t pages = resource == RLIMIT_AS ? pages_of[0] : pages_of[5];
  const rlim_t limit = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + bytes;
  const rlimit limits{limit, limit};
  ::setrlimit(resource, &limits);
  ::alarm(60);
  const auto values = compute_proxies(network, batch, parse_proxies(proxies));
  const bool are_good = std::ranges::all_of(values, [](const ProxyValue& value) {
    return value.reason.empty() || value.reason == "the memory does not suffice";
  });
  ::_exit(are_good ? 0 : 1);
}

TEST(Memory, ThatDoesNotSufficeForTheWorkSpaceOfOpenBlasEndsNothingAndHangsNothing) {
  // Less than the 128 MiB that it wants at its first product.
  for (const rlim_t mebibytes : {40U, 100U}) {
    EXPECT_EXIT(compute_in_little_memory(RLIMIT_AS, mebibytes << 20U, 4, "meco,jacov"), testing::ExitedWithCode(0), "");
  }
}

TEST(Memory, ThatDoesNotSufficeForConvolutionsEndsNothing) {
  // From what no pass fits to what all fit.
  for (const int resource : {RLIMIT_AS, RLIMIT_DATA}) {
    for (rlim_t mebibytes = 200; mebibytes <= 760; mebibytes += 80) {
      EXPECT_EXIT(compute_in_little_memory(resource, mebibytes << 20U, 128, "all"), testing::ExitedWithCode(0), "")
          << mebibytes;
    }
  }
}

TEST(Memory, ErrorsOfLibrariesBelowLibTorchAreSaidAndThoseOfZcmpiPassOn) {
  struct OtherError : std::exception {
    [[nodiscard]] const char* what() const noexcept override { return "could not create a primitive"; }
  };
  EXPECT_EQ(values_when([] { throw OtherError(); })[0].reason, "failed: LibTorch: could not create a primitive");
  EXPECT_THROW(values_when([] { throw InputError("it is wrong"); }), InputError);
  EXPECT_THROW(values_when([] { throw ContractError("it is broken"); }), ContractError);
}

TEST(Memory, OtherErrorsOfLibTorchAreSaid) {
  const auto values = values_when([] { static_cast<void>(at::mm(at::ones({2, 3}), at::ones({2, 3}))); });
  EXPECT_THAT(values[0].reason, StartsWith("failed: LibTorch: "));
}

/// A device that has done all it was given, until it breaks: then it refuses everything, as a CUDA device does after an
/// illegal access.
class BreakableDevice final : public c10::impl::DeviceGuardImplInterface {
 public:
  static inline bool is_broken = false;

  [[nodiscard]] at::DeviceType type() const override { return at::kPrivateUse1; }
  [[nodiscard]] at::Device exchangeDevice(at::Device) const override { return getDevice(); }
  [[nodiscard]] at::Device getDevice() const override { return {at::kPrivateUse1, 0}; }
  void setDevice(at::Device) const override {}
  void uncheckedSetDevice(at::Device) const noexcept override {}
  [[nodiscard]] c10::Stream getStream(at::Device device) const noexcept override {
    return c10::Stream(c10::Stream::DEFAULT, device);
  }
  // NOLINTNEXTLINE(readability-identifier-naming): LibTorch's name.
  [[nodiscard]] c10::Stream exchangeStream(c10::Stream stream) const noexcept override { return stream; }
  [[nodiscard]] c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void synchronizeStream(const c10::Stream&) const override {
    TORCH_CHECK(!is_broken, "CUDA error: an illegal memory access was encountered");
  }
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, BreakableDevice)

class Devices : public testing::Test {
 protected:
  Devices() { BreakableDevice::is_broken = false; }
  ~Devices() override { BreakableDevice::is_broken = false; }

  static std::optional<std::string> failure_on_device(const std::string& message) {
    return failure_of({at::kPrivateUse1, 0}, [&] { TORCH_CHECK(false, message); });
  }
};

TEST_F(Devices, ThatWorkOnGiveTheReasonOfAFailure) {
  EXPECT_EQ(failure_of({at::kPrivateUse1, 0}, [] {}), std::nullopt);
  EXPECT_EQ(failure_on_device("CUDA out of memory. Tried to allocate 2 GiB"), "the memory does not suffice");
  EXPECT_THAT(failure_on_device("CUDA error: invalid configuration argument").value(), StartsWith("failed: "));
}

TEST_F(Devices, ThatWorkNoMoreEndTheProgramInsteadOfMakingAllElseMissing) {
  BreakableDevice::is_broken = true;
  try {
    static_cast<void>(failure_on_device("CUDA error: an illegal memory access was encountered\nmore"));
    ADD_FAILURE() << "the device is used on";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("the device privateuseone:0 does not work any more"),
                                    HasSubstr("illegal memory access was encountered)"), HasSubstr("--resume")));
  }
}

}  // namespace
}  // namespace zcmpi
