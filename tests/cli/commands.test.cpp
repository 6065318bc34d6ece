// The built program, by its exit codes and by what it prints.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "zcmpi/core/file.hpp"

namespace zcmpi {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

std::string quoted(const std::string& argument) {
  std::string text = "'";
  for (const char c : argument) {
    text += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return text + "'";
}

class Program : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("zcmpi_cli_") + test->name() + "_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    write("s_up.csv", table({"val_accuracy", "test_accuracy"}));
    write("s_down.csv", table({"val_accuracy"}));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) const { std::ofstream(folder_ / name) << content; }

  /// Ten architectures: `up` rises with the accuracies and `down` falls.
  static std::string table(const std::vector<std::string>& accuracies) {
    std::string text = "arch,up,down";
    for (const auto& name : accuracies) {
      text += "," + name;
    }
    text += "\n";
    for (int i = 0; i < 10; ++i) {
      text += fmt::format("\"({}, 0)\",{},{}", i, i, 10 - i);
      for (std::size_t a = 0; a < accuracies.size(); ++a) {
        text += fmt::format(",{}", 50 + i);
      }
      text += "\n";
    }
    return text;
  }

  /// Runs the program in the test's folder.
  [[nodiscard]] Outcome run(const std::vector<std::string>& arguments, const std::string& variables = "") const {
    // MPI's plugins are unloaded with memory left behind, which no suppression can name: leaks are not looked for.
    std::string command = fmt::format("cd {} && env -u ZCMPI_DATA ASAN_OPTIONS=detect_leaks=0 {} {}",
                                      quoted(folder_.string()), variables, quoted(ZCMPI_PROGRAM));
    for (const auto& argument : arguments) {
      command += fmt::format(" {}", quoted(argument));
    }
    const int status = std::system((command + " >out.txt 2>err.txt").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(folder_ / "out.txt"),
            read_file(folder_ / "err.txt")};
  }

  /// The one line of an error, for which nothing else was printed.
  [[nodiscard]] std::string error_line(const std::vector<std::string>& arguments) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, StartsWith("zcmpi: error: "));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    return outcome.err;
  }

  std::filesystem::path folder_;
};

TEST_F(Program, SaysItsVersion) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, StartsWith("zcmpi "));
}

TEST_F(Program, HelpNamesAllCommandsAndTheExitCodes) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* command : {"evolve", "eval", "import", "inspect", "list", "config", "75"}) {
    EXPECT_THAT(outcome.out, HasSubstr(command));
  }
}

TEST_F(Program, HelpOfACommandHasUnitsAndDefaults) {
  const Outcome outcome = run({"evolve", "--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("--resume"), HasSubstr("hours"), HasSubstr("[500]")));
}

TEST_F(Program, AnUnknownCommandIsOneLineAndExitCodeTwo) { EXPECT_THAT(error_line({"evolv"}), HasSubstr("evolv")); }

TEST_F(Program, AnUnknownOptionIsOneLineAndExitCodeTwo) {
  EXPECT_THAT(error_line({"eval", "up", "s_up.csv", "--jason"}), HasSubstr("--jason"));
}

TEST_F(Program, WithoutACommandOptionsAreThoseOfEvolve) {
  EXPECT_THAT(error_line({"--generatons", "5"}), HasSubstr("--generatons"));
}

TEST_F(Program, EvalPrintsATable) {
  const Outcome outcome = run({"eval", "up", "s_up.csv", "s_down.csv"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "problem   n     tau  95 % interval        rho\n"
            "s/up     10  1.0000  [1.0000, 1.0000]  1.0000\n"
            "s/down   10  1.0000  [1.0000, 1.0000]  1.0000\n");
}

TEST_F(Program, UnderMpirunOneRankEvaluates) {
  const std::vector<std::string> arguments{"eval", "up", "s_up.csv"};
  EXPECT_EQ(run(arguments, "OMPI_COMM_WORLD_RANK=0").out, run(arguments).out);
  const auto other = run(arguments, "OMPI_COMM_WORLD_RANK=1");
  EXPECT_EQ(other.exit_code, 0);
  EXPECT_EQ(other.out + other.err, "");
}

TEST_F(Program, EvalNeedsTwoArchitectures) {
  write("s_one.csv", "arch,up,val_accuracy\na,1,50\n");
  EXPECT_THAT(error_line({"eval", "up", "s_one.csv"}), AllOf(HasSubstr("s/one"), HasSubstr("1 architecture:")));
}

TEST_F(Program, EvalPrintsJson) {
  const Outcome outcome = run({"eval", "down", "s_up.csv", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(json.size(), 1U);
  EXPECT_EQ(json[0]["problem"], "s/up");
  EXPECT_EQ(json[0]["n"], 10);
  EXPECT_EQ(json[0]["tau"], -1.0);
  EXPECT_EQ(json[0]["rho"], -1.0);
}

TEST_F(Program, EvalTakesAFormulaThatBeginsWithAMinus) {
  const Outcome outcome = run({"eval", "--json", "-down", "s_up.csv"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out)[0]["tau"], 1.0);
}

TEST_F(Program, EvalFindsProblemsByNameInTheDataFolder) {
  const Outcome outcome = run({"eval", "up", "s_up", "s_down", "--data", folder_.string(), "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out).size(), 2U);
}

TEST_F(Program, EvalOfAnAccuracyThatAProblemLacksIsAnError) {
  EXPECT_THAT(error_line({"eval", "up", "s_down.csv", "--target", "test_accuracy"}), HasSubstr("s/down"));
}

TEST_F(Program, EvalOfABadFormulaPointsAtIt) {
  EXPECT_THAT(error_line({"eval", "up + ", "s_up.csv"}), HasSubstr("column"));
  EXPECT_THAT(error_line({"eval", "upp", "s_up.csv"}), HasSubstr("upp"));
}

TEST_F(Program, EvalWithoutAProblemIsAnError) { EXPECT_THAT(error_line({"eval", "up"}), HasSubstr("problem")); }

TEST_F(Program, EvalPrintsTheFormulaInOtherForms) {
  EXPECT_EQ(run({"eval", "up*up", "--print", "infix"}).out, "up * up\n");
  EXPECT_THAT(run({"eval", "up*up", "--print", "latex"}).out, HasSubstr("\\mathrm{up}"));
  EXPECT_THAT(run({"eval", "up*up", "--print", "python"}).out, HasSubstr("def formula(up)"));
  EXPECT_EQ(run({"eval", "up * 1", "--print", "simplified"}).out, "up\n");
}

TEST_F(Program, EvalOfAMissingResultIsAnError) {
  EXPECT_THAT(error_line({"eval", "@none.json", "s_up.csv"}), HasSubstr("none.json"));
}

TEST_F(Program, AResultKeepsItsOwnTransform) {
  write("result.json", "{}");
  EXPECT_THAT(error_line({"eval", "@result.json", "s_up.csv"}), HasSubstr("\"formula_language\" is missing"));
}

TEST_F(Program, AnImportedTableIsInspectedAndEvaluated) {
  const Outcome import = run({"import", "csv", "s_up.csv", "--space", "nb", "--task", "one", "--out", "t.h5"});
  EXPECT_EQ(import.exit_code, 0) << import.err;
  EXPECT_EQ(import.out, "t.h5:nb/one: 10 architectures, 2 terminals\n");
  const Outcome inspect = run({"inspect", "t.h5"});
  EXPECT_EQ(inspect.exit_code, 0) << inspect.err;
  EXPECT_THAT(inspect.out, AllOf(HasSubstr("nb/one"), HasSubstr("up"), HasSubstr("down")));
  const Outcome eval = run({"eval", "up", "t.h5:nb/one", "--json"});
  EXPECT_EQ(nlohmann::json::parse(eval.out)[0]["problem"], "nb/one") << eval.err;
}

TEST_F(Program, ImportTakesOtherNamesOfColumns) {
  write("other.csv", "id,cell,up,acc,seconds\nx,a,1,2,?\ny,b,2,3,?\n");
  const std::vector<std::string> import{"import", "csv",    "other.csv", "--space", "nb",   "--task",
                                        "one",    "--arch", "cell",      "--out",   "t.h5", "--val-accuracy",
                                        "acc"};
  EXPECT_THAT(error_line(import), HasSubstr("'x' is not a number"));
  auto leaving_out = import;
  leaving_out.insert(leaving_out.end(), {"--leave-out", "id,seconds"});
  const Outcome outcome = run(leaving_out);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "t.h5:nb/one: 2 architectures, 1 terminal\n");
}

TEST_F(Program, ImportWarnsOfWhatIsNoArchitectureOfTheSpace) {
  write("foreign.csv", "arch,up,val_accuracy\n\"(4, 0, 3, 1, 4, 3)\",1,2\n\"(4, 0, 3, 1, 4, 9)\",2,3\n17,3,4\n");
  const std::vector<std::string> import{"import", "csv", "foreign.csv", "--task", "one", "--replace", "--out", "t.h5"};
  auto as_nb201 = import;
  as_nb201.insert(as_nb201.end(), {"--space", "nb201"});
  const Outcome warned = run(as_nb201);
  EXPECT_EQ(warned.exit_code, 0) << warned.err;
  EXPECT_EQ(warned.out, "t.h5:nb201/one: 3 architectures, 1 terminal\n");
  EXPECT_THAT(warned.err,
              AllOf(HasSubstr("2 of 3 architectures are none of nb201"), HasSubstr("'(4, 0, 3, 1, 4, 9)'")));
  auto as_unknown = import;
  as_unknown.insert(as_unknown.end(), {"--space", "mine"});
  EXPECT_EQ(run(as_unknown).err, "");
}

TEST_F(Program, ImportNamesTheLineOfABadCell) {
  write("bad.csv", "arch,up,val_accuracy\na,1,2\nb,x,3\n");
  EXPECT_THAT(error_line({"import", "csv", "bad.csv", "--space", "s", "--task", "t", "--out", "t.h5"}),
              HasSubstr("bad.csv, line 3"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "t.h5"));
}

/// A file of the benchmark with one task and two architectures.
const char* const benchmark_json =
    "{\"cifar10\": {"
    "\"(0, 1)\": {\"arch\": \"(0, 1)\", \"nwot\": {\"score\": 2.0, \"time\": 0.5}, \"val_accuracy\": 90.0}, "
    "\"(1, 1)\": {\"arch\": \"(1, 1)\", \"nwot\": {\"score\": 3.0, \"time\": 0.5}, \"val_accuracy\": 91.0}}}";

TEST_F(Program, ImportReadsTheBenchmarksJson) {
  write("zc_nasbench201.json", benchmark_json);
  const Outcome import = run({"import", "nbsz", "zc_nasbench201.json", "--out", "t.h5"});
  EXPECT_EQ(import.exit_code, 0) << import.err;
  EXPECT_EQ(import.out, "t.h5:nb201/cifar10: 2 architectures, 1 terminal\n");
}

TEST_F(Program, ImportIntoAFolderMakesTablesThatAreFoundByName) {
  write("zc_nasbench201.json", benchmark_json);
  const Outcome import = run({"import", "nbsz", "zc_nasbench201.json", "--out", "new/tables"});
  EXPECT_EQ(import.exit_code, 0) << import.err;
  const Outcome eval = run({"eval", "nwot", "--data", "new/tables", "nb201_cifar10", "--json"});
  EXPECT_EQ(eval.exit_code, 0) << eval.err;
  EXPECT_EQ(nlohmann::json::parse(eval.out)[0]["n"], 2);
}

TEST_F(Program, ImportReplacesATableOnlyWhenToldTo) {
  const std::vector<std::string> import{"import", "csv", "s_up.csv", "--space", "nb", "--task", "one", "--out", "t.h5"};
  EXPECT_EQ(run(import).exit_code, 0);
  EXPECT_THAT(error_line(import), AllOf(HasSubstr("already there"), HasSubstr("--replace")));
  auto replacing = import;
  replacing.push_back("--replace");
  EXPECT_EQ(run(replacing).exit_code, 0);
}

TEST_F(Program, InspectOfWhatIsNoTableIsAnError) {
  write("t.h5", "not HDF5 at all");
  EXPECT_THAT(error_line({"inspect", "t.h5"}), HasSubstr("t.h5"));
}

TEST_F(Program, InspectSaysWhatAFileOrFolderIsNotAndWhatItShows) {
  write("result.json", "{}");
  std::filesystem::create_directories(folder_ / "folder");
  const auto possible = HasSubstr("inspect a .h5 or .csv table, a checkpoint (");
  EXPECT_THAT(error_line({"inspect", "result.json"}),
              AllOf(HasSubstr("not a table, a checkpoint or a feature cache (result.json)"), possible,
                    HasSubstr("eval @result.json"), Not(HasSubstr("not found"))));
  EXPECT_THAT(error_line({"inspect", "folder"}), AllOf(HasSubstr("it is a folder"), possible));
  write("folder/config.toml", "");
  EXPECT_THAT(error_line({"inspect", "folder"}), AllOf(HasSubstr("it is a run's folder"), possible));
  EXPECT_THAT(error_line({"inspect", "none.json"}), HasSubstr("the table was not found (none.json)"));
}

TEST_F(Program, AFeatureCacheIsInspected) {
  const Outcome made = run({"features", "--space", "nb201", "--archs", "random:3", "--proxies", "params,flops",
                            "--batch", "7", "--out", "t.h5"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  std::string cache;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "t.h5.cache")) {
    cache = entry.path().extension() == ".h5" ? entry.path().string() : cache;
  }
  const Outcome outcome = run({"inspect", cache});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(StartsWith("feature cache " + cache + ", whole\n"), ContainsRegex("architectures +3\n"),
                    ContainsRegex("  batch +7\n"), ContainsRegex("params +3 +0 +0 ")));
}

TEST_F(Program, ListsPrimitivesWithTheirRules) {
  const Outcome outcome = run({"list", "primitives"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("tanh"), HasSubstr("arithmetic")));
}

TEST_F(Program, ListsSearchSpacesWithTheirSizesAndAnArchitectureOfEach) {
  const Outcome outcome = run({"list", "spaces"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("423624  NAS-Bench-101"), HasSubstr("15625  NAS-Bench-201"),
                                 HasSubstr("tnb101-micro  (1, 0, 2, 3, 3, 3)"), HasSubstr("|nor_conv_3x3~0|+|")));
}

TEST_F(Program, ListsTheProblemsOfAFolderAndPassesOverOtherFiles) {
  write("notes.csv", "a,b\n1,2\n");
  const Outcome outcome = run({"list", "problems", "--data", "."});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("s/up "), HasSubstr("s/down"), Not(HasSubstr("notes"))));
  EXPECT_THAT(outcome.err, HasSubstr("notes.csv"));
}

TEST_F(Program, ListsTerminalsWithTheNumberOfProblemsThatHaveThem) {
  write("s_other.csv", "arch,up,nwot,val_accuracy\na,1,2,3\nb,2,3,4\n");
  const Outcome outcome = run({"list", "terminals", "--data", "."});
  EXPECT_THAT(outcome.out,
              AllOf(ContainsRegex("\nup +3 of 6"), ContainsRegex("\nnwot +4 of 6  ln det of .*Mellor et al. 2021")));
}

TEST_F(Program, ListsTheBundledProblemsWithoutBeingToldWhereTheyAre) {
  const Outcome outcome = run({"list", "problems"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("nb201/fashion_mnist "), HasSubstr("tnb101-macro/fashion_mnist "),
                                 HasSubstr("tnb101-macro/fashion_mnist_rotation "), Not(HasSubstr("s/up"))));
}

TEST_F(Program, ListWantsToKnowWhatToList) {
  EXPECT_THAT(error_line({"list"}), HasSubstr("primitives"));
  EXPECT_THAT(
      error_line({"list", "foo"}),
      HasSubstr(
          "list: there is no \"foo\": expected one of primitives, spaces, proxies, graph, terminals, problems\n"));
  EXPECT_THAT(error_line({"list", "problms"}), HasSubstr("there is no \"problms\": did you mean 'problems'?"));
  EXPECT_THAT(error_line({"import", "foo"}), HasSubstr("import: there is no \"foo\": expected one of nbsz, csv\n"));
  EXPECT_THAT(error_line({"list", "spaces", "foo"}), HasSubstr("foo"));
}

TEST_F(Program, TheDefaultConfigurationPassesItsOwnCheck) {
  write("default.toml", run({"config", "--default"}).out);
  const Outcome outcome = run({"config", "--check", "default.toml"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_F(Program, ACheckNamesFileLineAndNearestKey) {
  write("bad.toml", "[gp]\npopulaton = 5\n");
  EXPECT_THAT(error_line({"config", "--check", "bad.toml"}),
              AllOf(HasSubstr("bad.toml:2"), HasSubstr("gp.population")));
}

TEST_F(Program, ConfigWantsToKnowWhatToDo) { EXPECT_THAT(error_line({"config"}), HasSubstr("--default")); }

TEST_F(Program, EvolveWithAMissingConfigurationIsAnError) {
  EXPECT_THAT(run({"--config", "none"}).err, HasSubstr("none.toml"));
  EXPECT_EQ(run({"--config", "none"}).exit_code, 2);
}

TEST_F(Program, EvolveNamesTheSettingThatCannotBe) {
  const Outcome outcome = run({"evolve", "--generations", "many"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("run.generations"), HasSubstr("expected an integer")));
}

TEST_F(Program, AnEmptyValueIsNotTakenForNone) {
  for (const char* option : {"--config", "--run-dir", "--generations", "--max-hours", "--seed", "--islands"}) {
    EXPECT_THAT(error_line({"evolve", option, ""}), AllOf(HasSubstr(option), HasSubstr("not an empty one")));
  }
}

TEST_F(Program, ASeedIsAnIntegerOfAtLeastZeroInEveryCommand) {
  const std::vector<std::vector<std::string>> commands{
      {"evolve"},
      {"features", "--space", "nb201", "--archs", "random:2", "--out", "t.h5"},
      {"train", "--space", "nb201", "--archs", "random:2", "--images", "i.bin", "--out", "t.h5"}};
  for (const auto& command : commands) {
    for (const char* seed : {"-1", "1.5", "9223372036854775808"}) {
      SCOPED_TRACE(command.front() + " --seed " + seed);
      auto arguments = command;
      arguments.insert(arguments.end(), {"--seed", seed});
      const Outcome outcome = run(arguments);
      EXPECT_EQ(outcome.exit_code, 2);
      EXPECT_THAT(outcome.err, AllOf(HasSubstr("seed"), HasSubstr(seed), HasSubstr("expected an integer")));
    }
  }
  const Outcome largest = run({"features", "--space", "nb201", "--archs", "random:2", "--proxies", "params", "--out",
                               "t.h5", "--seed", "9223372036854775807"});
  EXPECT_EQ(largest.exit_code, 0) << largest.err;
}

TEST_F(Program, EvolvesWithTheLargestConstantsThatASettingAllows) {
  const Outcome outcome =
      run({"evolve", "--data", ".", "--set", "data.problems=[\"s_up\"]", "--set", "gp.constant_deviation=1e30", "--set",
           "gp.constant_probability=0.9", "--set", "gp.population=50", "--set", "data.train_architectures=6",
           "--generations", "3", "--run-dir", "r"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const Outcome larger = run({"evolve", "--set", "gp.constant_deviation=1.1e30"});
  EXPECT_EQ(larger.exit_code, 2);
  EXPECT_THAT(larger.err, HasSubstr("gp.constant_deviation"));
}

TEST_F(Program, AloneEvolvesAFormulaThatBeatsEverySingleProxyOnTheBundledProblems) {
  const Outcome outcome = run({});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("nb201/fashion_mnist"), HasSubstr("tnb101-macro/fashion_mnist_rotation"),
                                 HasSubstr("gain "), HasSubstr("formula ")));
  const auto result = nlohmann::json::parse(read_file(folder_ / "runs" / "zcmpi" / "result.json"));
  EXPECT_EQ(result["problems"].size(), 3U);
  EXPECT_EQ(result["terminals"].size(), 22U);
  EXPECT_GT(result["mean"]["tau_test"].get<double>(),
            result["best_single_terminal"]["mean_tau_test"].get<double>() + 0.03);
}

TEST_F(Program, EvolveTakesDataAndSettingsMoreThanOnce) {
  std::filesystem::create_directories(folder_ / "elsewhere");
  const Outcome outcome =
      run({"--data", "elsewhere", "--data", ".", "--set", "data.problems=s_up", "--set", "data.train_architectures=6",
           "--set", "gp.population=20", "--set", "gp.elites=2", "--generations", "2", "--run-dir", "run"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto result = nlohmann::json::parse(read_file(folder_ / "run" / "result.json"));
  EXPECT_EQ(result["generations"], 2);
  const Outcome eval = run({"eval", "@run/result.json", "s_up.csv", "--json"});
  EXPECT_EQ(eval.exit_code, 0) << eval.err;
  EXPECT_EQ(nlohmann::json::parse(eval.out)[0]["problem"], "s/up");
}

TEST_F(Program, ACheckpointIsInspected) {
  ASSERT_EQ(run({"--data", ".", "--set", "data.problems=s_up", "--set", "data.train_architectures=6", "--set",
                 "gp.population=20", "--set", "gp.elites=2", "--generations", "2", "--run-dir", "run"})
                .exit_code,
            0);
  const Outcome outcome = run({"inspect", "run/checkpoints/ckpt-00000002.h5"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("generation"), HasSubstr("gp.population"), HasSubstr("fitness  formula"),
                                 HasSubstr("up"), Not(HasSubstr("terminal_0"))));
  const auto checkpoint = folder_ / "run/checkpoints/ckpt-00000002.h5";
  EXPECT_THAT(error_line({"inspect", "run"}), HasSubstr("a checkpoint (run/checkpoints/ckpt-00000002.h5)"));
  std::filesystem::rename(checkpoint, checkpoint.string() + ".superseded");
  EXPECT_EQ(run({"inspect", "run/checkpoints/ckpt-00000002.h5.superseded"}).exit_code, 0);
}

TEST_F(Program, ListsTheProxiesThatItComputes) {
  const Outcome outcome = run({"list", "proxies"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("synflow"), HasSubstr("graph"), HasSubstr("Tanaka et al. 2020")));
}

TEST_F(Program, ListsTheGraphFeaturesOfASpace) {
  const Outcome outcome = run({"list", "graph", "nb201"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(ContainsRegex("\ncount_convolutions +[0-9]"), ContainsRegex("\npaths +[0-9]"),
                                 ContainsRegex("\nnor_conv_3x3_on_0_1 +[01]\n")));
  EXPECT_THAT(error_line({"list", "graph", "nb200"}), HasSubstr("did you mean 'nb201'?"));
  EXPECT_THAT(error_line({"list", "graph"}), HasSubstr("SPACE"));
}

TEST_F(Program, PrintsAFormulasValuesAsCsv) {
  const Outcome outcome = run({"eval", "up + 1", "s_up.csv", "--transform", "raw", "--values"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(StartsWith("problem,arch,value\n"), HasSubstr("s/up,\"(3, 0)\",4\n")));
}

TEST_F(Program, EvolvesOnATableOfFeaturesMadeWithAccuracies) {
  std::string accuracies = "arch,val_accuracy\n";
  for (int i = 0; i < 12; ++i) {
    accuracies += fmt::format("\"({}, {}, 3, 2, 1, 0)\",{}\n", i % 5, (i + i / 5) % 5, 50 + i * 37 % 41);
  }
  write("known.csv", accuracies);
  const auto features = [this](const std::string& architectures, const std::string& table) {
    return run({"features", "--space", "nb201", "--archs", architectures, "--accuracies", "known.csv", "--proxies",
                "params,flops,graph", "--name", "mine", "--out", table});
  };
  const Outcome all = features("known.csv", "t.h5");
  ASSERT_EQ(all.exit_code, 0) << all.err;
  const Outcome evolve =
      run({"evolve", "--set", "data.problems=[\"t.h5\"]", "--set", "data.train_architectures=6", "--set",
           "gp.population=20", "--set", "gp.elites=2", "--generations", "2", "--run-dir", "run"});
  ASSERT_EQ(evolve.exit_code, 0) << evolve.err;
  const auto result = nlohmann::json::parse(read_file(folder_ / "run" / "result.json"));
  ASSERT_EQ(result["problems"].size(), 1U);
  EXPECT_EQ(result["problems"][0]["problem"], "nb201/mine");
  EXPECT_EQ(result["problems"][0]["n_train"], 6);
  EXPECT_EQ(result["problems"][0]["n_test"], 6);
  EXPECT_THAT(result["terminals"].dump(), AllOf(HasSubstr("\"params\""), HasSubstr("\"flops\"")));
  EXPECT_GT(result["terminals"].size(), 2U);

  const Outcome some = features("random:5:3", "five.h5");
  ASSERT_EQ(some.exit_code, 0) << some.err;
  EXPECT_THAT(some.err, HasSubstr("five.h5:nb201/mine: 5 architectures"));
  const Outcome too_many = features("random:13", "more.h5");
  EXPECT_EQ(too_many.exit_code, 2);
  EXPECT_THAT(too_many.err, HasSubstr("12 architectures have an accuracy (known.csv)"));
}

TEST_F(Program, RefusesFeaturesThatCannotBeComputedInOneLine) {
  const std::vector<std::string> start{"features", "--archs", "random:2", "--out", "t.h5", "--space"};
  const auto refused = [&](std::vector<std::string> rest, const std::string& why) {
    auto arguments = start;
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(why));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "t.h5"));
  };
  refused({"nb20"}, "nb201");
  refused({"nb201", "--proxies", "synflw"}, "did you mean 'synflow'?");
  refused({"nb201", "--images", "absent.bin"}, "absent.bin");
  refused({"nb201", "--resume"}, "there is nothing to go on from");
}

TEST_F(Program, RefusesSizesOfNetworksAndImagesThatAreNone) {
  for (const auto& [option, value, expected] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"--channels", "0", "an integer from 1 to 100000"},
           {"--channels", "2000000000", "an integer from 1 to 100000"},
           {"--cells", "0", "an integer from 1 to 1000"},
           {"--cells", "2000000000", "an integer from 1 to 1000"},
           {"--classes", "0", "an integer from 1 to 1000000"},
           {"--classes", "-1", "an integer from 1 to 1000000"},
           {"--resolution", "100000", "an integer from 1 to 10000"},
           {"--batch", "0", "an integer from 1 to 1000000"},
           {"--batch", "4000000000", "an integer from 1 to 1000000"},
           {"--batch", "99999999999999999999", "an integer from 1 to 1000000"}}) {
    EXPECT_THAT(error_line({"features", "--space", "nb201", "--archs", "random:2", "--proxies", "params", option, value,
                            "--out", "t.h5"}),
                AllOf(HasSubstr(option + ": " + value + ": expected " + expected)));
  }
}

TEST_F(Program, RefusesNumbersOfTrainingsThatAreNone) {
  for (const auto& [option, expected] :
       std::vector<std::pair<std::string, std::string>>{{"--training-images", "an integer from 0 to 1000000000"},
                                                        {"--validation-interval", "an integer from 0 to 100000"}}) {
    for (const std::string value : {"-1", "-18446744073709551610"}) {
      EXPECT_THAT(error_line({"train", "--space", "nb201", "--archs", "random:2", "--images", "i", option, value,
                              "--out", "t.h5"}),
                  HasSubstr(option + ": " + value + ": expected " + expected));
    }
  }
}

TEST_F(Program, RefusesNamesThatNoFileCanHaveInOneLine) {
  const std::string name(300, 'n');
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"evolve", "--config", name},
           {"evolve", "--run-dir", name},
           {"inspect", name},
           {"features", "--space", "nb201", "--archs", "random:2", "--images", name, "--out", "t.h5"},
           {"features", "--space", "nb201", "--archs", "random:2", "--cache", name, "--out", "t.h5"},
           {"features", "--space", "nb201", "--archs", "random:2", "--proxies", "graph", "--out", name + ".h5"}}) {
    SCOPED_TRACE(command.front());
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(name), HasSubstr("File name too long")));
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
  }
}

TEST_F(Program, SaysThatGraphFeaturesWereComputedWhereNothingElseWas) {
  const Outcome outcome =
      run({"features", "--space", "nb201", "--archs", "random:3", "--proxies", "graph", "--out", "t.h5"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("computed the graph features of 3 architectures"), Not(HasSubstr(" 0 "))));
}

TEST_F(Program, RecordsTheNumbersOfTheBenchmarksNetworksAndTakesThemForTheSameSettings) {
  const std::vector<std::string> plain{"features", "--space", "nb201",     "--archs", "random:2", "--batch", "1",
                                       "--seed",   "7",       "--proxies", "params",  "--out",    "t.h5"};
  ASSERT_EQ(run(plain).exit_code, 0);
  EXPECT_THAT(run({"inspect", "t.h5"}).out, AllOf(HasSubstr("network_channels: 16\n"), HasSubstr("network_cells: 5\n"),
                                                  HasSubstr("network_classes: 10\n")));
  auto explicit_numbers = plain;
  explicit_numbers.insert(explicit_numbers.end(), {"--channels", "16", "--cells", "5", "--resume"});
  const Outcome again = run(explicit_numbers);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("2 were there before"));
  explicit_numbers[explicit_numbers.size() - 2] = "4";
  const Outcome other = run(explicit_numbers);
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("network_cells is 5 there and 4 here"));
}

TEST_F(Program, SearchesAndComparesWithAccuraciesAndKeepsEachSearchInAFolderOfItsOwn) {
  ASSERT_EQ(run({"features", "--space", "nb201", "--archs", "all", "--proxies", "graph", "--out", "all.h5"}).exit_code,
            0);
  // Accurate is what has many convolutions on its paths.
  const Outcome values = run({"eval", "most_convolutions_on_path", "all.h5", "--transform", "raw", "--values"});
  std::string known = "arch,val_accuracy\n";
  std::istringstream lines(values.out);
  std::string line;
  for (std::getline(lines, line); std::getline(lines, line);) {
    const auto comma = line.rfind(',');
    const auto first = line.find(',') + 1;
    known += line.substr(first, comma - first) + "," + line.substr(comma + 1) + "\n";
  }
  write("known.csv", known);
  const std::vector<std::string> search{
      "search",    "--space", "nb201", "--objective", "-count_skips + params", "--evaluations", "300", "--accuracies",
      "known.csv", "--best",  "3"};
  const Outcome outcome = run(search);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("search folder runs/search-nb201\n"), HasSubstr("computed: params, count_skips\n"),
                    HasSubstr("validation accuracy of the best: 3.00; 0 of 15625 architectures have a higher one")));
  const auto folder = folder_ / "runs" / "search-nb201";
  const auto json = nlohmann::json::parse(read_file(folder / "search.json"));
  EXPECT_EQ(json["best"].size(), 3U);
  EXPECT_EQ(json["best"][0]["val_accuracy"], 3.0);
  EXPECT_EQ(json["objective"], "-count_skips + params");
  EXPECT_EQ(json["problem"], "nb201/random");
  EXPECT_THAT(run(search).err, HasSubstr("search folder runs/search-nb201-2\n"));
  EXPECT_EQ(read_file(folder / "history.csv"), read_file(folder_ / "runs" / "search-nb201-2" / "history.csv"));
  const Outcome taken = run({"features", "--space", "nb201", "--archs", (folder / "best.txt").string(), "--proxies",
                             "params", "--out", "best.h5"});
  EXPECT_THAT(taken.err, HasSubstr("3 architectures"));
}

TEST_F(Program, SearchesByGraphFeaturesAlone) {
  const std::vector<std::string> search{
      "search",      "--space", "nb301",     "--objective", "most_convolutions_on_path - paths",
      "--algorithm", "local",   "--run-dir", "run"};
  auto first = search;
  first.insert(first.end(), {"--evaluations", "200"});
  const Outcome outcome = run(first);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("\n200 architectures evaluated in "), Not(HasSubstr("networks"))));
  const auto history = read_file(folder_ / "run" / "history.csv");
  EXPECT_EQ(std::ranges::count(history, '\n'), 201);
  // What networks are computed with does not matter, and nothing is forgotten.
  auto more = search;
  more.insert(more.end(), {"--evaluations", "300", "--batch", "7", "--cells", "2", "--resume"});
  EXPECT_EQ(run(more).exit_code, 0);
  const auto longer = read_file(folder_ / "run" / "history.csv");
  EXPECT_THAT(longer, StartsWith(history));
  auto fewer = search;
  fewer.insert(fewer.end(), {"--evaluations", "299", "--resume"});
  const Outcome refused = run(fewer);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--evaluations 299 is below what the search has made"));
  auto stopped = more;
  stopped[stopped.size() - 6] = "400";
  stopped.insert(stopped.end(), {"--max-hours", "1e-9"});
  EXPECT_EQ(run(stopped).exit_code, 75);
  EXPECT_EQ(read_file(folder_ / "run" / "history.csv"), longer) << "a stop before it had got as far again";
  EXPECT_EQ(nlohmann::json::parse(read_file(folder_ / "run" / "search.json"))["evaluations"], 300);
}

TEST_F(Program, OnlyFormulasOfASearchMayBeginWithAMinusAsTheyAre) {
  const Outcome outcome =
      run({"search", "--space", "nb301", "--objective", "-paths", "--evaluations", "20", "--run-dir", "-odd"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "-odd" / "history.csv"));
}

TEST_F(Program, ASearchThatIsStandardisedOtherwiseIsAnother) {
  // A problem of graph features, and a run that knew it.
  ASSERT_EQ(
      run({"features", "--space", "nb201", "--archs", "random:40", "--proxies", "graph", "--out", "f.h5"}).exit_code,
      0);
  const Outcome values = run({"eval", "paths + count_skips", "f.h5", "--transform", "raw", "--values"});
  std::string known = "arch,paths,count_skips,val_accuracy\n";
  std::istringstream lines(values.out);
  std::string line;
  int row = 0;
  for (std::getline(lines, line); std::getline(lines, line); ++row) {
    const auto first = line.find(',') + 1;
    known +=
        fmt::format("{},{},{},{}\n", line.substr(first, line.rfind(',') - first), row % 7, row % 5, 50 + row * 7 % 40);
  }
  write("nb201_known.csv", known);
  ASSERT_EQ(run({"evolve", "--data", ".", "--set", "data.problems=nb201_known", "--set", "data.transform=standardised",
                 "--set", "data.train_architectures=30", "--set", "gp.population=50", "--generations", "3", "--run-dir",
                 "evolved"})
                .exit_code,
            0);
  const std::vector<std::string> search{"search",        "--space", "nb201",    "--objective", "@evolved/result.json",
                                        "--evaluations", "20",      "--run-dir"};
  const auto with = [&](std::vector<std::string> rest) {
    auto arguments = search;
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return run(arguments);
  };
  const Outcome recorded = with({"recorded", "--name", "known"});
  ASSERT_EQ(recorded.exit_code, 0) << recorded.err;
  EXPECT_THAT(recorded.err, HasSubstr("standardised as the run recorded it for nb201/known"));
  const Outcome drawn = with({"drawn"});
  EXPECT_THAT(drawn.err, HasSubstr("standardised by 100 architectures drawn from the space"));
  const Outcome otherwise = with({"recorded", "--resume"});
  EXPECT_EQ(otherwise.exit_code, 2);
  EXPECT_THAT(otherwise.err, AllOf(HasSubstr("standards is "), HasSubstr(" there and drawn here")));
  const Outcome back = with({"drawn", "--resume", "--name", "known"});
  EXPECT_EQ(back.exit_code, 2);
  EXPECT_THAT(back.err, HasSubstr("standards is drawn there and "));
}

TEST_F(Program, RunsAndSearchesDoNotShareAFolder) {
  ASSERT_EQ(run({"search", "--space", "nb201", "--objective", "paths", "--evaluations", "3", "--run-dir", "sought"})
                .exit_code,
            0);
  const Outcome run_in_search = run({"evolve", "--run-dir", "sought", "--resume=auto", "--data", "."});
  EXPECT_EQ(run_in_search.exit_code, 2);
  EXPECT_THAT(run_in_search.err, HasSubstr("the folder holds a search (sought)"));
  EXPECT_EQ(run({"search", "--space", "nb201", "--objective", "paths", "--evaluations", "3", "--run-dir", "sought",
                 "--resume=auto"})
                .exit_code,
            0);
  write("sought/config.toml", "");
  const Outcome both = run({"search", "--space", "nb201", "--objective", "paths", "--evaluations", "3", "--run-dir",
                            "sought", "--resume=auto"});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.err, HasSubstr("holds a run of zcmpi evolve"));
}

TEST_F(Program, RefusesSearchesThatCannotBeInOneLine) {
  const auto refused = [&](std::vector<std::string> rest, const std::string& why) {
    std::vector<std::string> arguments{"search", "--evaluations", "3"};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(why));
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
  };
  refused({"--space", "nb201"}, "--objective is required");
  refused({"--space", "nb20", "--objective", "params"}, "nb201");
  refused({"--space", "nb201", "--objective", "parms"}, "did you mean 'params'?");
  refused({"--space", "nb201", "--objective", "params +"}, "formula, column 9");
  refused({"--space", "nb201", "--objective", "@none.json"}, "none.json");
  refused({"--space", "nb201", "--objective", "params", "--algorithm", "annealing"}, "--algorithm");
  refused({"--space", "nb201", "--objective", "params", "--at-a-time", "0"}, "an integer from 1");
  refused({"--space", "nb201", "--objective", "params", "--tournament", "51"}, "at most --population (50)");
  refused({"--space", "nb201", "--objective", "params", "--algorithm", "local", "--population", "5"},
          "--population: expected --algorithm evolution, not local");
  refused({"--space", "nb201", "--objective", "params", "--accuracies", "none.csv"}, "none.csv");
  refused({"--space", "nb201", "--objective", "params", "--resume"}, "there is no");
  refused({"--space", "nb201", "--objective", "params", "--max-hours", "-1"}, "--max-hours");
  std::filesystem::create_directories(folder_ / "mine");
  write("mine/config.toml", "");
  refused({"--space", "nb201", "--objective", "params", "--run-dir", "mine", "--resume=auto"},
          "holds a run of zcmpi evolve");
}

}  // namespace
}  // namespace zcmpi
