#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "random_formulas.hpp"
#include "zcmpi/expr/text.hpp"

namespace zcmpi {
namespace {

using test::names;

/// A Python that has numpy, or nothing: the first on the path may be another than the system's.
std::optional<std::string> python_with_numpy() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (std::system((python + " -c 'import numpy' >/dev/null 2>&1").c_str()) == 0) {
      return python;
    }
  }
  return std::nullopt;
}

/// Runs a script and returns the numbers it prints.
std::vector<double> run_python(const std::string& python, const std::string& script) {
  const auto path = std::filesystem::temp_directory_path() / ("zcmpi-python-test-" + std::to_string(getpid()) + ".py");
  std::ofstream(path) << script;
  const std::string command = python + " " + path.string();
  std::vector<double> numbers;
  {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::array<char, 128> line{};
    while (pipe && std::fgets(line.data(), static_cast<int>(line.size()), pipe.get()) != nullptr) {
      numbers.push_back(std::strtod(line.data(), nullptr));
    }
  }
  std::filesystem::remove(path);
  return numbers;
}

std::string exact(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "float.fromhex('%a')", value);
  return text.data();
}

/// Rows that include the protected primitives' boundaries.
std::vector<std::array<double, 3>> some_rows() {
  std::vector<std::array<double, 3>> rows{{0.0, 0.0, 0.0},        {1e-7, -1e-7, 1.0},     {1e-6, 2e-6, -2.0},
                                          {100.0, -100.0, 0.25},  {0x1p-41, 80.5, -80.5}, {NAN, 1.0, 2.0},
                                          {INFINITY, -1.0, -2.0}, {1.0, NAN, -INFINITY}};
  RandomStream random({.seed = 5});
  while (rows.size() < 40) {
    rows.push_back({random.normal(), 10.0 * random.normal(), std::exp(random.normal())});
  }
  return rows;
}

/// A script that calls the generated function of every formula with the rows as arrays and prints all values.
std::string script_for(const std::vector<Formula>& formulas, const std::vector<std::array<double, 3>>& rows) {
  std::ostringstream script;
  script << "import inspect\nimport numpy as np\ndata = {}\n";
  for (std::size_t t = 0; t < names.size(); ++t) {
    script << "data['" << names[t] << "'] = np.array([";
    for (const auto& row : rows) {
      script << exact(row[t]) << ", ";
    }
    script << "])\n";
  }
  for (const Formula& formula : formulas) {
    script << to_python(formula, names)
           << "arguments = {name: data[name] for name in inspect.signature(formula).parameters}\n"
              "for value in np.broadcast_to(formula(**arguments), data['x'].shape):\n    print(float(value).hex())\n";
  }
  return script.str();
}

void expect_same_values(const std::string& python, const std::vector<Formula>& formulas) {
  const auto rows = some_rows();
  const auto values = run_python(python, script_for(formulas, rows));
  ASSERT_EQ(values.size(), formulas.size() * rows.size());
  for (std::size_t f = 0; f < formulas.size(); ++f) {
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const double value = values[f * rows.size() + r];
      const double expected = evaluate<double>(formulas[f], rows[r]);
      const bool same = (std::isnan(value) && std::isnan(expected)) || value == expected ||
                        std::abs(value - expected) <= 1e-9 * std::abs(expected);
      EXPECT_TRUE(same) << to_infix(formulas[f], names) << " is " << value << ", not " << expected << ", in row " << r;
    }
  }
}

TEST(ToPython, AgreesWithTheReferenceForEveryPrimitive) {
  const auto python = python_with_numpy();
  if (!python) {
    GTEST_SKIP() << "no python3 with numpy was found";
  }
  std::vector<Formula> formulas;
  for (const PrimitiveInfo& info : primitives()) {
    if (info.arity == 1) {
      formulas.push_back(completed({Node::make_terminal(0), Node::make_primitive(info.op)}));
      formulas.push_back(completed({Node::make_terminal(1), Node::make_primitive(info.op)}));
      formulas.push_back(completed({Node::make_constant(-0.3F), Node::make_primitive(info.op)}));
      formulas.push_back(completed({Node::make_constant(0.0F), Node::make_primitive(info.op)}));
    } else if (info.arity == 2) {
      formulas.push_back(completed({Node::make_terminal(2), Node::make_terminal(0), Node::make_primitive(info.op)}));
      formulas.push_back(
          completed({Node::make_terminal(0), Node::make_constant(-3.0F), Node::make_primitive(info.op)}));
      formulas.push_back(
          completed({Node::make_constant(2.0F), Node::make_constant(0.0F), Node::make_primitive(info.op)}));
    }
  }
  expect_same_values(*python, formulas);
}

TEST(ToPython, AgreesWithTheReferenceForRandomFormulas) {
  const auto python = python_with_numpy();
  if (!python) {
    GTEST_SKIP() << "no python3 with numpy was found";
  }
  std::vector<Formula> formulas;
  for (std::uint32_t i = 0; i < 300; ++i) {
    formulas.push_back(test::numbered_formula(i, test::Constants::moderate));
  }
  expect_same_values(*python, formulas);
}

TEST(ToPython, TakesTheTerminalsThatTheFormulaReads) {
  EXPECT_THAT(to_python(parse_formula("z + x * z", names), names), testing::HasSubstr("def formula(x, z):\n"));
  EXPECT_THAT(to_python(parse_formula("1", names), names), testing::HasSubstr("def formula():\n"));
}

TEST(ToPython, AltersNamesThatPythonCouldNotTake) {
  const std::vector<std::string> terminals{"lambda", "a.b", "a_b", "np", "_div"};
  EXPECT_THAT(to_python(parse_formula("lambda + a.b + a_b + np + _div", terminals), terminals),
              testing::HasSubstr("def formula(lambda_, a_b, a_b_, np_, _div_):\n"));
}

}  // namespace
}  // namespace zcmpi
