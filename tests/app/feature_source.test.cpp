#include "feature_source.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <limits>
#include <tuple>

#include "support.hpp"
#include "zcmpi/core/version.hpp"
#include "zcmpi/data/table.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* one = "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|none~2|";
constexpr const char* other = "|none~0|+|nor_conv_3x3~0|none~1|+|none~0|nor_conv_3x3~1|none~2|";

const SearchSpace& nb201() { return find_space("nb201"); }

TEST(FeatureNames, AreProxiesAndGraphEachOnce) {
  const auto list = parse_features("graph,zen,nwot,zen");
  EXPECT_TRUE(list.graph_features);
  EXPECT_THAT(list.proxies, ElementsAre(Proxy::zen, Proxy::nwot));
  EXPECT_FALSE(parse_features("nbsz").graph_features);
  EXPECT_EQ(parse_features("nbsz,all").proxies.size(), all_proxies().size());
  EXPECT_THAT(input_error_of([] { parse_features("graph,zan"); }), HasSubstr("did you mean 'zen'"));
  EXPECT_THAT(input_error_of([] { parse_features("grapf"); }), HasSubstr("did you mean 'graph'"));
  EXPECT_THAT(input_error_of([] { parse_features("something_else"); }), HasSubstr(",graph"));
  EXPECT_THAT(input_error_of([] { parse_features("zen,"); }), HasSubstr("unknown proxy ''"));
}

TEST(TakenAccuracies, AreThoseOfTheArchitecturesInTheirOrder) {
  auto known = accuracies_of({one, other}, {90.0, 50.0});
  known.test_accuracy = {89.0, 49.0};
  auto problem = accuracies_of({other, one}, {});
  take_accuracies(problem, nb201(), known, "t.h5");
  EXPECT_THAT(problem.val_accuracy, ElementsAre(50.0, 90.0));
  EXPECT_THAT(problem.test_accuracy, ElementsAre(49.0, 89.0));
}

TEST(TakenAccuracies, MustBeKnownOfAll) {
  auto problem = accuracies_of({one, other}, {});
  EXPECT_THAT(input_error_of([&] { take_accuracies(problem, nb201(), accuracies_of({one}, {90.0}), "t.h5"); }),
              AllOf(HasSubstr("of 1 of 2 architectures"), HasSubstr(other), HasSubstr("t.h5")));
  EXPECT_THAT(input_error_of([&] {
                take_accuracies(problem, nb201(), accuracies_of({one, other}, {}), "t.h5");
              }),
              HasSubstr("nb201/a"));
}

TEST(TakenAccuracies, MustNotContradictEachOtherInWhateverForms) {
  const std::string key = "(4, 0, 3, 1, 4, 3)";
  const std::string text = nb201().print(nb201().parse(key));
  auto problem = accuracies_of({text}, {});
  EXPECT_THAT(input_error_of([&] {
                take_accuracies(problem, nb201(), accuracies_of({key, text}, {50.0, 60.0}), "t.csv");
              }),
              AllOf(HasSubstr("two accuracies, 50 as " + key), HasSubstr("60 as " + text), HasSubstr("t.csv")));
  take_accuracies(problem, nb201(), accuracies_of({key, text}, {50.0, 50.0}), "t.csv");
  EXPECT_THAT(problem.val_accuracy, ElementsAre(50.0));
}

class LoadedAccuracies : public testing::Test {
 protected:
  TestFolder folder;
  std::vector<std::filesystem::path> folders{folder.path()};
};

TEST_F(LoadedAccuracies, MayBeACsvOfAnyName) {
  const auto path = folder.write("any.csv", std::string("arch,val_accuracy\n") + one + ",90\n");
  EXPECT_EQ(load_accuracies(path.string(), "nb201", "mine", {}).name(), "nb201/mine");
}

TEST_F(LoadedAccuracies, AreThoseOfTheTaskUnlessThereIsOnlyOneProblemOfTheSpace) {
  const auto path = folder.path() / "t.h5";
  auto second = accuracies_of({other}, {50.0});
  second.task = "b";
  write_table(path, std::vector{accuracies_of({one}, {90.0}), second});
  EXPECT_EQ(load_accuracies("t", "nb201", "b", folders).architectures.front(), other);
  EXPECT_EQ(load_accuracies("t.h5:nb201/a", "nb201", "c", folders).architectures.front(), one);
  EXPECT_THAT(input_error_of([&] { load_accuracies("t", "nb201", "", folders); }),
              AllOf(HasSubstr("has 2 problems of the space nb201"), HasSubstr("T.h5:space/task")));
  EXPECT_THAT(input_error_of([&] { load_accuracies("t", "nb201", "c", folders); }), HasSubstr("the task c"));
}

TEST(Batches, TooLargeToBeComputedAreRefusedBeforeTheyAreMade) {
  EXPECT_THAT(
      input_error_of([] {
        FeatureSource({.space = "nb201", .images = {.images = "random", .resolution = 10'000}, .batch = 1'000'000});
      }),
      AllOf(HasSubstr("a batch of 1000000 images of 3 x 10000 x 10000"), HasSubstr("at most 8 GiB")));
}

TEST(Classes, MustBeAtLeastTwo) {
  EXPECT_THAT(input_error_of([] {
                FeatureSource({.space = "nb201", .images = {.images = "random", .resolution = 8}, .classes = 1});
              }),
              HasSubstr("there is one class"));
}

TEST(NetworksThatCannotBeBuilt, AreNamedWithWhatImagesWouldDo) {
  const FeatureSource source({.space = "tnb101-micro", .images = {.images = "random", .resolution = 28}});
  EXPECT_THAT(input_error_of([&] {
                for (std::uint64_t i = 0; i < source.space().size(); ++i) {
                  static_cast<void>(source.network(source.space().print(source.space().at(i))));
                }
              }),
              AllOf(HasSubstr("no network of ("), HasSubstr("images of sizes that 32 divides")));
}

TEST(AugmentedImages, MakeAnotherBatchAndAreSaidSo) {
  const std::string fashion = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(fashion)) {
    GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  }
  const FeatureSource plain({.space = "nb201", .images = {.images = fashion}, .batch = 4});
  const FeatureSource augmented({.space = "nb201", .images = {.images = fashion}, .batch = 4, .augment = true});
  EXPECT_EQ(plain.cache_settings().at("augmentation"), "none");
  EXPECT_EQ(augmented.provenance().at("augmentation"), "crop_and_flip");
  EXPECT_NE(augmented.cache_settings().at("batch_digest"), plain.cache_settings().at("batch_digest"));
  EXPECT_EQ(augmented.cache_settings().at("images_digest"), plain.cache_settings().at("images_digest"));
  EXPECT_THAT(input_error_of([] { FeatureSource({.space = "nb201", .augment = true}); }),
              HasSubstr("random images are not augmented"));
}

class MadeProblems : public testing::Test {
 protected:
  FeatureSource source{
      {.space = "nb201", .images = {.images = "random", .resolution = 8}, .batch = 2, .channels = 4, .cells = 1}};
  ComputedTable computed;
};

TEST_F(MadeProblems, HaveTheValuesAndMeanSecondsOfEachProxy) {
  computed.set(one, "zen", {1.0, 2.0, ""});
  computed.set(other, "zen", {3.0, 4.0, ""});
  const auto problem = make_problem(source, "task", {other, one}, parse_features("zen"), computed);
  EXPECT_EQ(problem.name(), "nb201/task");
  EXPECT_THAT(problem.terminals, ElementsAre("zen"));
  EXPECT_THAT(problem.features, ElementsAre(3.0, 1.0));
  EXPECT_THAT(problem.costs_seconds, ElementsAre(3.0));
  const auto& provenance = problem.provenance;
  EXPECT_EQ(provenance.at("images"), "random");
  EXPECT_EQ(provenance.at("images_digest"), "random");
  EXPECT_EQ(provenance.at("batch"), "2");
  EXPECT_EQ(provenance.at("seed"), "1");
  EXPECT_EQ(provenance.at("program_version"), version());
  EXPECT_EQ(provenance.at("git_revision"), git_revision());
}

TEST_F(MadeProblems, AreRefusedWhenAValueWasNeverComputed) {
  computed.set(one, "zen", {1.0, 2.0, ""});
  try {
    make_problem(source, "task", {one, other}, parse_features("zen"), computed);
    ADD_FAILURE() << "a value is made up";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("zen"), HasSubstr(other), HasSubstr("was not computed")));
  }
}

TEST_F(MadeProblems, SayWhatIsMissingByReason) {
  computed.set(one, "zen", {std::numeric_limits<double>::quiet_NaN(), 0.0, "no path"});
  computed.set(other, "zen", {3.0, 4.0, ""});
  const std::vector<std::string> architectures{one, other};
  const std::vector proxies{Proxy::zen};
  const auto missing = count_missing(architectures, proxies, computed);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].proxy, Proxy::zen);
  EXPECT_EQ(missing[0].reason, "no path");
  EXPECT_EQ(missing[0].count, 1U);
}

TEST_F(MadeProblems, NeedSomeValueOfEachProxyUnlessTheReasonsAreFinal) {
  const std::vector<std::string> architectures{one, other};
  const std::vector proxies{Proxy::zen, Proxy::nwot};
  const auto require = [&] {
    require_values(count_missing(architectures, proxies, computed), 2, "do better", "here: ");
  };
  const ComputedValue no_room{.reason = std::string(no_memory)};
  const ComputedValue no_path{.reason = "no path"};
  const ComputedValue value{.value = 1.0};
  computed.set(one, "nwot", value);
  computed.set(other, "nwot", no_room);
  computed.set(one, "zen", no_path);
  computed.set(other, "zen", no_path);
  EXPECT_NO_THROW(require());
  computed.set(other, "zen", no_room);
  try {
    require();
    ADD_FAILURE() << "a proxy without values is taken";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "here: zen could not be computed for any of 2 architectures (of 1: the memory does not suffice): do better");
  }
  computed.set(one, "zen", value);
  EXPECT_NO_THROW(require());
}

TEST_F(MadeProblems, HoldTheReasonOfEachMissingValue) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  computed.set(one, "zen", {1.0, 0.0, ""});
  computed.set(other, "zen", {nan, 0.0, "no path"});
  computed.set(one, "nwot", {nan, 0.0, "no path"});
  computed.set(other, "nwot", {nan, 0.0, "no memory"});
  const auto missing = make_problem(source, "task", {one, other}, parse_features("zen,nwot"), computed).missing_reasons;
  ASSERT_EQ(missing.places.size(), 3U);
  for (const auto& [place, terminal, architecture, reason] :
       {std::tuple{0U, 0U, 1U, "no path"}, {1U, 1U, 0U, "no path"}, {2U, 1U, 1U, "no memory"}}) {
    EXPECT_EQ(missing.places[place].terminal, terminal);
    EXPECT_EQ(missing.places[place].architecture, architecture);
    EXPECT_EQ(missing.reasons[missing.places[place].reason], reason);
  }
}

TEST_F(MadeProblems, AreOfWhatTheMemoryDidNotSufficeForOnlyUntilItIsComputedAgain) {
  const TestFolder folder;
  const std::vector<std::string> architectures{one, other};
  const auto compute = [&](NotFinal not_final) {
    FeatureCache cache(folder.path(), source.cache_settings(), 0);
    return compute_features(Communicator(), source, architectures, std::vector{Proxy::params}, cache,
                            {.not_final = not_final});
  };
  FeatureCache cache(folder.path(), source.cache_settings(), 0);
  cache.set(one, "params", {.reason = std::string(no_memory)});
  cache.set(other, "params", {.reason = "no path"});
  cache.write();
  EXPECT_EQ(compute(NotFinal::keep).work.done, 0U);
  const auto again = compute(NotFinal::replace);
  EXPECT_EQ(again.work.done, 1U);
  EXPECT_EQ(again.computed_again, 1U);
  const auto values = FeatureCache(folder.path(), source.cache_settings(), 0).known();
  EXPECT_GT(values.find(one, "params")->value, 0.0);
  EXPECT_EQ(values.find(other, "params")->reason, "no path");
  EXPECT_EQ(compute(NotFinal::replace).work.done, 0U);
}

TEST_F(MadeProblems, TellCachesOfHostsAndDevicesApart) {
  const FeatureSource on_device({.space = "nb201", .images = {.images = "random", .resolution = 8}, .batch = 2}, 0);
  EXPECT_EQ(source.cache_settings().at("device"), "cpu");
  EXPECT_EQ(on_device.cache_settings().at("device"), "cuda");
}

}  // namespace
}  // namespace zcmpi
