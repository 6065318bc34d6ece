#include "zcmpi/app/configuration.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support.hpp"
#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Configuration parse(std::string_view toml, std::vector<std::string> overrides = {}) {
  return parse_configuration(toml, "test.toml", overrides);
}

std::string error_of(std::string_view toml, std::vector<std::string> overrides = {}) {
  return input_error_of([&] { parse(toml, overrides); });
}

TEST(Configuration, AnEmptyFileHasTheDefaults) {
  const Configuration configuration = parse("");
  EXPECT_EQ(configuration.gp.population, GpParameters().population);
  EXPECT_EQ(configuration.data.train_architectures, 100U);
  EXPECT_THAT(configuration.data.problems,
              ElementsAre("nb201_fashion_mnist", "tnb101-macro_fashion_mnist", "tnb101-macro_fashion_mnist_rotation"));
}

TEST(Configuration, TheRunIsNamedAfterItsFileUnlessItSaysOtherwise) {
  EXPECT_EQ(parse("").run.name, "test");
  EXPECT_EQ(parse("run.name = 'mine'").run.name, "mine");
  EXPECT_EQ(load_configuration(std::nullopt, {}).run.name, "zcmpi");
}

TEST(Configuration, EveryTypeOfValueIsRead) {
  const Configuration configuration = parse(R"(
[run]
seed = 7
max_hours = 2
folder = "/somewhere"
[data]
problems = ["a_b", "c_d"]
train_architectures = "all"
terminals = ["nwot"]
target = "test_accuracy"
[fitness]
aggregate = "weighted_mean"
weights = { "a/b" = 2, "c/d" = 0.5 }
[gp.rates]
crossover = 0.25
[output]
metrics = false
)");
  EXPECT_EQ(configuration.run.seed, 7U);
  EXPECT_EQ(configuration.run.max_hours, 2.0);
  EXPECT_EQ(configuration.run.folder, "/somewhere");
  EXPECT_THAT(configuration.data.problems, ElementsAre("a_b", "c_d"));
  EXPECT_EQ(configuration.data.train_architectures, std::nullopt);
  EXPECT_THAT(configuration.data.terminals, ElementsAre("nwot"));
  EXPECT_EQ(configuration.data.target, Target::test_accuracy);
  EXPECT_EQ(configuration.gp.aggregate, Aggregate::weighted_mean);
  EXPECT_EQ(configuration.fitness.weights.at("c/d"), 0.5);
  EXPECT_EQ(configuration.gp.rates.crossover, 0.25);
  EXPECT_FALSE(configuration.output.metrics);
}

TEST(Configuration, WeightsMayBeASectionOfTheirOwn) {
  const Configuration configuration =
      parse("[fitness]\naggregate = 'weighted_mean'\n[fitness.weights]\n'nb201/cifar10' = 3\n");
  EXPECT_EQ(configuration.fitness.weights.at("nb201/cifar10"), 3.0);
}

TEST(Configuration, AnUnknownKeyIsNamedWithItsLineAndTheNearestKey) {
  EXPECT_THAT(error_of("[gp]\nelites = 5\npopulaton = 10\n"),
              AllOf(StartsWith("test.toml:3:"), HasSubstr("\"gp.populaton\""), HasSubstr("'gp.population'")));
}

TEST(Configuration, AnUnknownSectionIsAnError) {
  EXPECT_THAT(error_of("[nonsense]\nx = 1\n"), AllOf(StartsWith("test.toml:1:"), HasSubstr("\"nonsense\"")));
}

TEST(Configuration, AValueWhereASectionBelongsIsAnError) {
  EXPECT_THAT(error_of("gp = 3\n"), AllOf(StartsWith("test.toml:1:"), HasSubstr("section")));
}

TEST(Configuration, TheFirstMistakeOfTheFileIsReported) {
  EXPECT_THAT(error_of("[run]\nwrong = 1\n[data]\nalso_wrong = 1\n"), StartsWith("test.toml:2:"));
}

TEST(Configuration, AWrongTypeIsAnsweredWithWhatWasExpected) {
  EXPECT_THAT(error_of("[gp]\n\npopulation = \"many\"\n"),
              AllOf(StartsWith("test.toml:3: gp.population"), HasSubstr("many"), HasSubstr("expected an integer")));
  EXPECT_THAT(error_of("gp.population = 10.5"), HasSubstr("expected an integer"));
  EXPECT_THAT(error_of("output.metrics = 1"), HasSubstr("expected true or false"));
  EXPECT_THAT(error_of("data.problems = [1, 2]"), HasSubstr("expected a list"));
  EXPECT_THAT(error_of("run.name = 2020-01-01"), HasSubstr("expected a name"));
}

TEST(Configuration, AnUnknownChoiceListsThePossibleOnes) {
  EXPECT_THAT(error_of("gp.selection = 'roulette'"), HasSubstr("\"tournament\", \"epsilon_lexicase\""));
}

TEST(Configuration, BoundsAreKept) {
  EXPECT_THAT(error_of("gp.population = 1"), HasSubstr("from 2 to"));
  EXPECT_THAT(error_of("run.seed = -1"), HasSubstr("from 0 to 9223372036854775807"));
  EXPECT_THAT(error_of("", {"run.seed=9223372036854775808"}), HasSubstr("from 0 to 9223372036854775807"));
  EXPECT_THAT(error_of("run.seed = 9223372036854775808"), HasSubstr("at most 9223372036854775807"));
  EXPECT_THAT(error_of("data.validation_share = 1.0"), HasSubstr("below 1"));
  EXPECT_THAT(error_of("run.max_hours = nan"), HasSubstr("expected a number"));
  EXPECT_THAT(error_of("data.problems = []"), HasSubstr("there is no problem"));
  EXPECT_EQ(parse("data.validation_share = 0").data.validation_share, 0.0);
}

TEST(Configuration, AnUnknownPrimitiveIsNamed) {
  EXPECT_THAT(error_of("gp.primitives = 'add,sinus'"), AllOf(StartsWith("test.toml:1:"), HasSubstr("sinus")));
}

TEST(Configuration, WhatIsNotTomlIsReportedWithItsLine) {
  EXPECT_THAT(error_of("[gp]\npopulation = \n"), AllOf(StartsWith("test.toml:2:"), HasSubstr("not TOML")));
}

TEST(Configuration, OverridesWinInTheirOrder) {
  EXPECT_EQ(parse("run.seed = 1", {"run.seed=2", "run.seed=3"}).run.seed, 3U);
}

TEST(Configuration, AnOverrideTakesBareWordsAndListsBetweenCommas) {
  const Configuration configuration =
      parse("", {"gp.selection=tournament", "data.problems=a_b, c_d,", "run.name=2024", "data.train_architectures=all",
                 "data.terminals=all", "gp.primitives=add,mul"});
  EXPECT_EQ(configuration.gp.selection, ParentSelection::tournament);
  EXPECT_THAT(configuration.data.problems, ElementsAre("a_b", "c_d"));
  EXPECT_EQ(configuration.run.name, "2024");
  EXPECT_EQ(configuration.data.train_architectures, std::nullopt);
  EXPECT_TRUE(configuration.data.terminals.empty());
  EXPECT_EQ(configuration.primitives, "add,mul");
}

TEST(Configuration, AnOverrideTakesToml) {
  const Configuration configuration =
      parse("", {"data.problems=[\"a_b\", 'c_d']", "fitness.aggregate=\"weighted_mean\"",
                 "fitness.weights={\"a/b\" = 2}", "data.train_architectures=50"});
  EXPECT_THAT(configuration.data.problems, ElementsAre("a_b", "c_d"));
  EXPECT_EQ(configuration.fitness.weights.at("a/b"), 2.0);
  EXPECT_EQ(configuration.data.train_architectures, 50U);
}

TEST(Configuration, AMistakeInAnOverrideNamesTheOverride) {
  EXPECT_THAT(error_of("", {"gp.population=few"}), AllOf(StartsWith("--set gp.population=few"), HasSubstr("integer")));
  EXPECT_THAT(error_of("", {"gp.populaton=5"}), HasSubstr("'gp.population'"));
  EXPECT_THAT(error_of("", {"gp.population"}), HasSubstr("key=value"));
  EXPECT_THAT(error_of("", {"data.problems=[a_b"}), HasSubstr("expected a list"));
}

TEST(Configuration, AnOverrideCannotSmuggleInAnotherKey) {
  EXPECT_THAT(error_of("", {"run.seed=1\nrun.islands=3"}), HasSubstr("run.seed"));
}

TEST(Configuration, ContradictionsAreErrors) {
  EXPECT_THAT(error_of("gp.init_min_depth = 6"), AllOf(HasSubstr("gp.init_min_depth = 6"), HasSubstr("above")));
  EXPECT_THAT(error_of("gp.init_min_size = 21"), HasSubstr("gp.init_max_size = 20"));
  EXPECT_THAT(error_of("gp.max_size = 10"), HasSubstr("gp.max_size = 10"));
  EXPECT_THAT(error_of("gp.population = 10"), HasSubstr("gp.elites = 10"));
  EXPECT_THAT(error_of("fitness.weights = { \"a/b\" = 1 }"), HasSubstr("weighted_mean"));
  EXPECT_THAT(error_of("data.problems = ['a_b', 'a_b']"), HasSubstr("twice"));
  EXPECT_THAT(error_of("gp.population = 20\nmigration.migrants = 21"), HasSubstr("migration.migrants = 21"));
  EXPECT_THAT(error_of(R"([gp.rates]
crossover = 0
subtree_mutation = 0
point_mutation = 0
hoist_mutation = 0
insert_mutation = 0
delete_mutation = 0
constant_mutation = 0
)"),
              HasSubstr("gp.rates"));
}

TEST(Configuration, WhatASmallPopulationCannotHoldIsNamedAtOnce) {
  EXPECT_EQ(error_of("gp.population = 4\ngp.tournament_size = 5\nmigration.migrants = 6\n"),
            "configuration: gp.population = 4 is too small for gp.tournament_size = 5 (at most 4), gp.elites = 10 (at "
            "most 3), gp.tuning_formulas = 8 (at most 4), migration.migrants = 6 (at most 4): lower them, or raise it");
  EXPECT_NO_THROW(
      parse("gp.population = 4\ngp.tournament_size = 4\ngp.elites = 3\ngp.tuning_formulas = 4\n"
            "migration.migrants = 4\n"));
  EXPECT_NO_THROW(parse("gp.population = 20\nmigration.migrants = 21\nmigration.topology = 'none'"));
}

TEST(Configuration, WrittenAndReadAgainItIsTheSame) {
  const Configuration written = parse(R"(
run.name = "odd \" \\ name"
gp.constant_deviation = 0.1
data.train_architectures = "all"
fitness.aggregate = "weighted_mean"
fitness.weights = { "a/b" = 0.30000000000000004 }
migration.topology = "torus"
)");
  const std::string text = to_toml(written);
  EXPECT_EQ(to_toml(parse(text)), text);
  EXPECT_EQ(parse(text).run.name, "odd \" \\ name");
  EXPECT_EQ(parse(text).fitness.weights.at("a/b"), 0.30000000000000004);
}

TEST(Configuration, WhatChangesAResultIsFixedAtResumeAndNothingElseIs) {
  const auto settings = result_settings(parse(""));
  EXPECT_EQ(settings.at("gp.population"), "1000");
  EXPECT_EQ(settings.at("data.transform"), "\"signed_log\"");
  for (const char* free : {"run.generations", "run.name", "run.max_hours", "output.metrics", "checkpoint.keep",
                           "data.folders", "run.seed", "run.islands"}) {
    EXPECT_FALSE(settings.contains(free)) << free;
  }
  EXPECT_NE(result_settings(parse("gp.max_size = 41")), settings);
  EXPECT_EQ(result_settings(parse("run.generations = 7\noutput.log_period_seconds = 1")), settings);
}

constexpr std::string_view live_toml = R"(
[[live]]
space = "nb201"
name = "cifar10"
accuracies = "acc.csv"
images = "cifar-10-batches-bin"
)";

/// That with the line `line` added to the table.
std::string live_with(std::string_view line) { return fmt::format("{}{}\n", live_toml, line); }

TEST(LiveProblems, HaveTheDefaultsOfTheCommandFeatures) {
  const auto live = parse(live_toml).live.at(0);
  EXPECT_EQ(live.problem(), "nb201/cifar10");
  EXPECT_EQ(live.settings.images.images, "cifar-10-batches-bin");
  EXPECT_EQ(live.settings.batch, FeatureSettings().batch);
  EXPECT_EQ(live.proxies, "all");
  EXPECT_EQ(live.architectures, "");
}

TEST(LiveProblems, ComeInTheOrderOfTheFileAndMayBeAllThereIs) {
  const auto configuration =
      parse("data.problems = []\n" + live_with("batch = 8\naugment = true\nimage_task = 'rotation'") +
            "[[live]]\nspace = 'nb101'\nname = 'a'\naccuracies = 'b.csv'\nimages = 'random'\n"
            "proxies = 'nbsz,graph'\narchitectures = 'random:300'\n");
  ASSERT_EQ(configuration.live.size(), 2U);
  EXPECT_EQ(configuration.live[0].settings.batch, 8U);
  EXPECT_TRUE(configuration.live[0].settings.augment);
  EXPECT_EQ(configuration.live[0].settings.images.task, "rotation");
  EXPECT_EQ(configuration.live[1].problem(), "nb101/a");
  EXPECT_EQ(configuration.live[1].proxies, "nbsz,graph");
  EXPECT_EQ(configuration.live[1].architectures, "random:300");
}

TEST(LiveProblems, MistakesAreNamedWithTheirLineAndTheNearestKey) {
  EXPECT_THAT(error_of(live_with("batchs = 8")),
              AllOf(StartsWith("test.toml:7:"), HasSubstr("\"live.batchs\""), HasSubstr("'live.batch'")));
  EXPECT_THAT(error_of(live_with("batch = 0")), AllOf(StartsWith("test.toml:7:"), HasSubstr("from 1 to")));
  EXPECT_THAT(error_of(live_with("proxies = 'synflw'")), HasSubstr("did you mean 'synflow'"));
  EXPECT_THAT(error_of(live_with("image_task = 'turn'")), HasSubstr("\"classes\", \"rotation\""));
  EXPECT_THAT(error_of("\n[[live]]\nspace = 'nb21'"), AllOf(StartsWith("test.toml:3:"), HasSubstr("nb201")));
  EXPECT_THAT(error_of("\n[[live]]\nspace = 'nb201'\nname = 'a'\nimages = 'random'"),
              AllOf(StartsWith("test.toml:2:"), HasSubstr("lacks the key \"accuracies\"")));
  EXPECT_THAT(error_of("[live]\nspace = 'nb201'"), HasSubstr("[[live]]"));
  EXPECT_THAT(error_of(live_with("") + std::string(live_toml)), HasSubstr("\"nb201/cifar10\" twice"));
  EXPECT_THAT(error_of("", {"live.batch=3"}), HasSubstr("[[live]]"));
}

TEST(LiveProblems, WrittenAndReadAgainTheyAreTheSame) {
  const std::string text = to_toml(parse(live_with("seed = 7\nclasses = 3\narchitectures = 'random:9'")));
  EXPECT_EQ(to_toml(parse(text)), text);
  EXPECT_EQ(parse(text).live.at(0).settings.seed, 7U);
  EXPECT_EQ(parse(text).live.at(0).architectures, "random:9");
}

TEST(LiveProblems, AreFixedAtResumeInAllButWhereTheirDataLie) {
  const auto settings = result_settings(parse(live_toml));
  EXPECT_EQ(settings.at("live.nb201/cifar10.batch"), "64");
  EXPECT_FALSE(settings.contains("live.nb201/cifar10.images"));
  EXPECT_NE(result_settings(parse(live_with("cells = 2"))), settings);
  EXPECT_EQ(result_settings(parse(live_with("architectures = 'all'"))), settings);
}

TEST(Configuration, TheWeightsAreInTheOrderOfTheProblems) {
  const std::vector<std::string> names{"a/b", "c/d", "e/f"};
  const Configuration configuration =
      parse("fitness.aggregate = 'weighted_mean'\nfitness.weights = { \"e/f\" = 3, \"a/b\" = 2 }");
  EXPECT_THAT(make_gp_parameters(configuration, names).weights, ElementsAre(2.0, 1.0, 3.0));
}

TEST(Configuration, AWeightForAProblemThatIsNotThereIsAnError) {
  const std::vector<std::string> names{"a/b"};
  const Configuration configuration = parse("fitness.aggregate = 'weighted_mean'\nfitness.weights = { \"a/x\" = 3 }");
  EXPECT_THAT(input_error_of([&] { make_gp_parameters(configuration, names); }), HasSubstr("\"a/x\""));
}

TEST(Configuration, WeightsMustHaveAFiniteSum) {
  const std::vector<std::string> names{"a/b", "c/d"};
  const Configuration configuration =
      parse("fitness.aggregate = 'weighted_mean'\nfitness.weights = { \"a/b\" = 1.7e308, \"c/d\" = 1.7e308 }");
  EXPECT_THAT(input_error_of([&] { make_gp_parameters(configuration, names); }), HasSubstr("not finite"));
}

TEST(Configuration, ThePrimitivesReachTheParameters) {
  const auto gp = make_gp_parameters(parse("gp.primitives = 'add,neg'"), {});
  EXPECT_THAT(std::vector(gp.primitives.binary().begin(), gp.primitives.binary().end()), ElementsAre(Op::add));
  EXPECT_THAT(std::vector(gp.primitives.unary().begin(), gp.primitives.unary().end()), ElementsAre(Op::neg));
}

TEST(Configuration, DataIsLookedForInItsFoldersThenTheEnvironmentThenBesideTheFile) {
  ::setenv("ZCMPI_DATA", "/from/environment", 1);
  const auto folders = data_folders(parse_configuration("data.folders = ['near', '/far']", "/own/folder/run.toml", {}));
  ::unsetenv("ZCMPI_DATA");
  ASSERT_GE(folders.size(), 4U);
  EXPECT_EQ(folders[0], "/own/folder/near");
  EXPECT_EQ(folders[1], "/far");
  EXPECT_EQ(folders[2], "/from/environment");
  EXPECT_EQ(folders[3], "/own/folder");
}

TEST(Configuration, AFolderIsSearchedOnce) {
  ::setenv("ZCMPI_DATA", "/own", 1);
  const auto folders = data_folders(parse_configuration("data.folders = ['/own/']", "/own/run.toml", {}));
  ::unsetenv("ZCMPI_DATA");
  EXPECT_EQ(std::count(folders.begin(), folders.end(), "/own") + std::count(folders.begin(), folders.end(), "/own/"),
            1);
}

TEST(Configuration, AConfigurationThatIsNotThereIsAnErrorThatListsWhereItWasLookedFor) {
  EXPECT_THAT(input_error_of([] { find_configuration("no-such-configuration"); }),
              HasSubstr("configs/no-such-configuration.toml"));
}

TEST(Configuration, APathIsTakenAsItIs) {
  const TestFolder folder;
  const auto file = folder.write("mine.toml", "");
  EXPECT_EQ(find_configuration(file.string()), file);
}

class ReadyConfigurations : public testing::TestWithParam<const char*> {};

TEST_P(ReadyConfigurations, HaveNoMistake) {
  const auto file = std::filesystem::path(ZCMPI_SOURCE_DIR) / "configs" / GetParam();
  EXPECT_NO_THROW(load_configuration(file, {}));
}

INSTANTIATE_TEST_SUITE_P(All, ReadyConfigurations, testing::Values("nbsz13.toml", "nb5.toml", "quick.toml"));

TEST(ConfigurationReference, TheCommittedPageIsWhatTheProgramPrints) {
  EXPECT_EQ(read_file(std::filesystem::path(ZCMPI_SOURCE_DIR) / "docs" / "configuration.md"), configuration_markdown())
      << "write it anew: zcmpi config --markdown > docs/configuration.md";
}

}  // namespace
}  // namespace zcmpi
