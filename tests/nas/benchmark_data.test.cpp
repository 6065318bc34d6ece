// The spaces against the benchmarks' own files.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "../real_data.hpp"
#include "support.hpp"
#include "zcmpi/core/file.hpp"
#include "zcmpi/data/nbsz.hpp"
#include "zcmpi/data/table.hpp"
#include "zcmpi/nas/graph_features.hpp"
#include "zcmpi/nas/nb101.hpp"

namespace zcmpi {
namespace {

class BenchmarkData : public testing::Test {
 protected:
  void SetUp() override { ZCMPI_SKIP_WITHOUT_REAL_DATA(); }

  /// The rows of a CSV without quoted fields, its header left out.
  [[nodiscard]] std::vector<std::vector<std::string>> rows(const std::string& name) const {
    const std::string text = read_file(folder / name);
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row(1);
    for (const char c : text) {
      if (c == ',') {
        row.emplace_back();
      } else if (c == '\n') {
        rows.push_back(std::exchange(row, {""}));
      } else if (c != '\r') {
        row.back() += c;
      }
    }
    rows.erase(rows.begin());
    return rows;
  }

  std::filesystem::path folder = test::real_data_folder();
};

TEST_F(BenchmarkData, HasNb201sClassesAsTheCanonicalFormsGiveThem) {
  const SearchSpace& space = find_space("nb201");
  std::map<std::string, Architecture> canonical_of;
  std::map<Architecture, std::string> class_of;
  std::set<Architecture> all;
  for (const auto& row : rows("nb201_accuracies.csv")) {
    const Architecture architecture = space.parse(row[0]);
    const Architecture canonical = space.canonical(architecture);
    all.insert(architecture);
    EXPECT_EQ(canonical_of.try_emplace(row[1], canonical).first->second, canonical) << row[0];
    EXPECT_EQ(class_of.try_emplace(canonical, row[1]).first->second, row[1]) << row[0];
  }
  EXPECT_EQ(all.size(), 15'625U);
  EXPECT_EQ(canonical_of.size(), 6'466U);
}

TEST_F(BenchmarkData, HasNb201sParametersAndFlopsAsCountsOfOperationsGiveThem) {
  const SearchSpace& space = find_space("nb201");
  const Problem problem = read_csv(folder / "nb201_cifar10.csv", "nb201", "cifar10");
  const auto params = problem.feature(*problem.find_terminal("params"));
  const auto flops = problem.feature(*problem.find_terminal("flops"));
  for (std::size_t i = 0; i < problem.size(); ++i) {
    std::map<std::string, double> features;
    for (const Feature& feature : graph_features(space, space.parse(problem.architectures[i]))) {
      features[feature.name] = feature.value;
    }
    const double conv1x1 = features.at("count_nor_conv_1x1");
    const double conv3x3 = features.at("count_nor_conv_3x3");
    // Five cells of 16, 32 and 64 channels: 5 (c^2 + 2c) and 5 (9 c^2 + 2c) parameters an operation.
    EXPECT_NEAR(params[i], 0.073306 + conv1x1 * 0.028'000 + conv3x3 * 0.243'040, 1e-9) << problem.architectures[i];
    EXPECT_NEAR(flops[i], 7.943872 + 4.36224 * conv1x1 + 35.81952 * conv3x3 + 1.29024 * features.at("count_poolings"),
                1e-6)
        << problem.architectures[i];
  }
}

/// Every architecture of a file is read, and one of the forms it is printed in is as it was written.
void expect_read_and_printed(const SearchSpace& space, std::span<const std::string> architectures) {
  ASSERT_FALSE(architectures.empty());
  const auto plain = [](std::string text) {
    std::erase(text, ' ');
    std::ranges::replace(text, '[', '(');
    std::ranges::replace(text, ']', ')');
    return text;
  };
  for (const std::string& text : architectures) {
    const Architecture architecture = space.parse(text);
    std::vector<std::string> forms;
    for (const TextForm& form : space.text_forms(architecture)) {
      forms.push_back(plain(form.text));
    }
    ASSERT_THAT(forms, testing::Contains(plain(text)));
    ASSERT_NO_THROW(space.validate(architecture));
  }
}

TEST_F(BenchmarkData, IsReadFromEveryTable) {
  std::size_t tables = 0;
  for (const auto& space : search_spaces()) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(std::string(space->name()) + "_") && !name.ends_with("_accuracies.csv")) {
        SCOPED_TRACE(name);
        expect_read_and_printed(*space, read_csv(entry.path(), std::string(space->name()), "task").architectures);
        ++tables;
      }
    }
  }
  EXPECT_EQ(tables, 13U);
}

TEST_F(BenchmarkData, IsReadFromNasBenchSuiteZerosOwnFiles) {
  for (const auto& [file, space] :
       {std::pair{"zc_nasbench101_oldschema.json", "nb101"}, std::pair{"zc_nasbench201.json", "nb201"},
        std::pair{"zc_nasbench301.json", "nb301"}, std::pair{"zc_transbench101_micro.json", "tnb101-micro"},
        std::pair{"zc_transbench101_macro.json", "tnb101-macro"}}) {
    SCOPED_TRACE(file);
    for (const Problem& problem : read_nbsz(folder / "nbsz" / file, {.space = space, .task = ""})) {
      expect_read_and_printed(find_space(space), problem.architectures);
    }
  }
}

TEST_F(BenchmarkData, HasNb101CellsThatPruneToClassesOfTheSpace) {
  const SearchSpace& space = find_space("nb101");
  std::vector<Architecture> classes;
  for (std::uint64_t i = 0; i < space.size(); ++i) {
    classes.push_back(space.at(i));
  }
  std::ranges::sort(classes);
  std::size_t with_unreachable = 0;
  const Problem problem = read_csv(folder / "nb101_cifar10.csv", "nb101", "cifar10");
  for (const std::string& text : problem.architectures) {
    const Architecture architecture = space.parse(text);
    EXPECT_TRUE(std::ranges::binary_search(classes, space.canonical(architecture))) << text;
    with_unreachable += space.unreachable_operations(architecture) > 0 ? 1U : 0U;
  }
  EXPECT_GT(with_unreachable, 0U);
}

}  // namespace
}  // namespace zcmpi
