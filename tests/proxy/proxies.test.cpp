#include "zcmpi/proxy/proxies.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <map>

#include "zcmpi/core/error.hpp"

namespace zcmpi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const SearchSpace& nb201() { return find_space("nb201"); }

Network small_network(std::string_view architecture) {
  return build_network(nb201(), nb201().parse(architecture), {.channels = 4, .cells = 1, .image = {3, 16, 16}});
}

constexpr std::string_view good =
    "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|none~2|";
constexpr std::string_view without_path = "|none~0|+|nor_conv_3x3~0|none~1|+|none~0|nor_conv_3x3~1|none~2|";

std::map<Proxy, ProxyValue> values_of(const Network& network, const ImageBatch& batch,
                                      const ProxyOptions& options = {}) {
  std::map<Proxy, ProxyValue> values;
  for (auto& value : compute_proxies(network, batch, parse_proxies("all"), options)) {
    values[value.proxy] = value;
  }
  return values;
}

ImageBatch small_batch(const Network& network, std::size_t size = 12) {
  return random_batch(network.image(), network.classes(), size, 1);
}

TEST(Proxies, AreNamedOnceEach) {
  for (const auto& description : all_proxies()) {
    EXPECT_THAT(parse_proxies(description.name), ElementsAre(description.proxy));
    EXPECT_EQ(to_text(description.proxy), description.name);
  }
  EXPECT_EQ(parse_proxies("all").size(), all_proxies().size());
  EXPECT_EQ(parse_proxies("nbsz").size(), 13U);
  EXPECT_THAT(parse_proxies("zen,snip"), ElementsAre(Proxy::zen, Proxy::snip));
  EXPECT_THAT(parse_proxies("zen, snip"), ElementsAre(Proxy::zen, Proxy::snip));
}

TEST(Proxies, UnknownNamesAreRefusedWithTheNearest) {
  for (const auto& [text, message] : std::map<std::string, std::string>{{"snap", "did you mean 'snip'?"},
                                                                        {"zen,,snip", "unknown proxy ''"},
                                                                        {"zen,zen", "named twice"},
                                                                        {"accuracy", "nbsz"}}) {
    try {
      parse_proxies(text);
      ADD_FAILURE() << text;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  }
}

TEST(Proxies, OfAnOrdinaryNetworkAreAllThere) {
  const Network network = small_network(good);
  for (const auto& [proxy, value] : values_of(network, small_batch(network))) {
    EXPECT_TRUE(std::isfinite(value.value)) << to_text(proxy) << ": " << value.reason;
    EXPECT_EQ(value.reason, "") << to_text(proxy);
    EXPECT_GE(value.seconds, 0.0);
  }
}

TEST(Proxies, AreTheSameAloneAndTogether) {
  const Network network = small_network(good);
  const auto batch = small_batch(network);
  for (const auto& [proxy, together] : values_of(network, batch)) {
    const auto alone = compute_proxies(network, batch, std::vector{proxy});
    EXPECT_EQ(alone.front().value, together.value) << to_text(proxy);
  }
}

TEST(Proxies, GoByTheSeed) {
  const Network network = small_network(good);
  const auto batch = small_batch(network);
  const auto first = values_of(network, batch, {.seed = 1});
  const auto again = values_of(network, batch, {.seed = 1});
  const auto other = values_of(network, batch, {.seed = 2});
  for (const auto& [proxy, value] : first) {
    EXPECT_EQ(value.value, again.at(proxy).value) << to_text(proxy);
  }
  EXPECT_NE(first.at(Proxy::l2_norm).value, other.at(Proxy::l2_norm).value);
  EXPECT_NE(first.at(Proxy::zen).value, other.at(Proxy::zen).value);
}

TEST(Proxies, OfANetworkWithoutAPathAreMissingWithTheReason) {
  const Network network = small_network(without_path);
  const auto values = values_of(network, small_batch(network));
  for (const Proxy proxy : {Proxy::grad_norm, Proxy::plain, Proxy::snip, Proxy::fisher, Proxy::zico, Proxy::grasp,
                            Proxy::synflow, Proxy::jacov, Proxy::epe_nas, Proxy::zen, Proxy::ntk_cond,
                            Proxy::az_expressivity, Proxy::az_progressivity, Proxy::az_trainability}) {
    EXPECT_TRUE(std::isnan(values.at(proxy).value)) << to_text(proxy);
    EXPECT_THAT(values.at(proxy).reason, HasSubstr("no path")) << to_text(proxy);
  }
  for (const Proxy proxy : {Proxy::params, Proxy::flops, Proxy::l2_norm}) {
    EXPECT_GT(values.at(proxy).value, 0.0) << to_text(proxy);
  }
}

TEST(Proxies, OfImagesThatAreNotNumbersAreMissing) {
  const Network network = small_network(good);
  auto batch = small_batch(network);
  batch.pixels[7] = std::numeric_limits<float>::quiet_NaN();
  const auto values = values_of(network, batch);
  for (const Proxy proxy : {Proxy::grad_norm, Proxy::snip, Proxy::fisher, Proxy::grasp, Proxy::jacov, Proxy::epe_nas,
                            Proxy::ntk_cond, Proxy::meco, Proxy::nwot, Proxy::swap}) {
    EXPECT_TRUE(std::isnan(values.at(proxy).value)) << to_text(proxy);
    EXPECT_NE(values.at(proxy).reason, "") << to_text(proxy);
  }
}

TEST(Proxies, OfHalvesWithTheSameGradientsAreMissingForThat) {
  const Network network = small_network(good);
  auto batch = small_batch(network, 4);
  const auto half = batch.pixels.begin() + static_cast<std::ptrdiff_t>(2 * network.image().size());
  std::copy(batch.pixels.begin(), half, half);
  std::copy_n(batch.labels.begin(), 2, batch.labels.begin() + 2);
  const auto zico = compute_proxies(network, batch, std::vector{Proxy::zico}).front();
  EXPECT_TRUE(std::isnan(zico.value));
  EXPECT_EQ(zico.reason, "the halves of the batch have the same gradients");
}

TEST(Proxies, OfEqualImagesHaveNoDeterminant) {
  const Network network = small_network(good);
  auto batch = small_batch(network, 4);
  std::copy_n(batch.pixels.begin(), network.image().size(),
              batch.pixels.begin() + static_cast<std::ptrdiff_t>(network.image().size()));
  const auto nwot = compute_proxies(network, batch, std::vector{Proxy::nwot}).front();
  EXPECT_TRUE(std::isnan(nwot.value));
  EXPECT_THAT(nwot.reason, HasSubstr("same patterns"));
}

TEST(Proxies, OfOneImageAreThereWhereTheyNeedNoOther) {
  const Network network = small_network(good);
  const std::map<Proxy, std::string> missing{{Proxy::zico, "halves"}};
  for (const auto& [proxy, value] : values_of(network, small_batch(network, 1))) {
    SCOPED_TRACE(std::string(to_text(proxy)));
    if (const auto reason = missing.find(proxy); reason != missing.end()) {
      EXPECT_TRUE(std::isnan(value.value));
      EXPECT_THAT(value.reason, HasSubstr(reason->second));
    } else {
      EXPECT_EQ(value.reason, "");
      EXPECT_TRUE(std::isfinite(value.value) && value.value != 0.0) << value.value;
    }
  }
}

TEST(Proxies, WhoseBatchNormalisationSeesOneNumberOfEachChannelAreMissing) {
  // Two cells halve the images from 4 x 4 to 1 x 1.
  const auto tiny = build_network(nb201(), nb201().parse(good), {.channels = 4, .cells = 1, .image = {3, 4, 4}});
  const auto is_normalised = [](Proxy proxy) {
    return proxy != Proxy::params && proxy != Proxy::flops && proxy != Proxy::az_complexity &&
           proxy != Proxy::l2_norm && proxy != Proxy::synflow && proxy != Proxy::log_synflow;
  };
  for (const std::size_t images : {1U, 2U}) {
    for (const auto& [proxy, value] : values_of(tiny, small_batch(tiny, images))) {
      SCOPED_TRACE(std::string(to_text(proxy)) + " of images: " + std::to_string(images));
      // With two images the halves of the batch have one each.
      if (is_normalised(proxy) && (images == 1 || proxy == Proxy::zico)) {
        EXPECT_TRUE(std::isnan(value.value));
        EXPECT_THAT(value.reason,
                    HasSubstr(images == 1 && proxy == Proxy::zico ? "halves" : "one number of each channel"));
      } else if (images == 1) {
        EXPECT_TRUE(std::isfinite(value.value)) << value.reason;
      } else {
        EXPECT_THAT(value.reason, Not(HasSubstr("one number")));
      }
    }
  }
}

TEST(Proxies, BatchesThatDoNotFitAreRefused) {
  const Network network = small_network(good);
  const auto refused = [&](const ImageBatch& batch) {
    EXPECT_THROW(compute_proxies(network, batch, parse_proxies("all")), InputError);
  };
  refused(random_batch({3, 32, 32}, 10, 4, 1));
  refused(random_batch({1, 16, 16}, 10, 4, 1));
  refused(random_batch({3, 16, 16}, 11, 4, 1));
  refused(random_batch({3, 16, 16}, 10, 0, 1));
}

}  // namespace
}  // namespace zcmpi
