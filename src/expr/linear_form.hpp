/// \file
/// Sums and products of real arithmetic, for the simplifier.
#pragma once

#include <vector>

#include "zcmpi/expr/formula.hpp"

namespace zcmpi {

/// coefficient * body, where body is no constant, has no constant factor and no neg at its root.
struct Term {
  double coefficient = 1.0;
  Formula body;
};

/// constant + the sum of terms, whose bodies differ and whose coefficients are not zero.
struct LinearForm {
  double constant = 0.0;
  std::vector<Term> terms;

  [[nodiscard]] bool is_constant() const { return terms.empty(); }
  /// Whether it is a multiple of one body.
  [[nodiscard]] bool is_single() const { return terms.size() == 1 && constant == 0.0; }
};

/// A fixed order for people: short ones first, terminals in the order of their list.
bool reads_before(const Formula& a, const Formula& b);

/// Whether a formula's value cannot be negative, as far as its root tells.
bool is_magnitude(const Formula& formula);

/// The algebra of linear forms, and their way back to formulas.
class LinearAlgebra {
 public:
  /// False once a constant came up that a 32-bit float cannot hold: the results are then of no use.
  [[nodiscard]] bool is_representable() const { return representable_; }

  static LinearForm constant(double value) { return {value, {}}; }
  /// The form of a formula that is taken as it is.
  static LinearForm opaque(Formula formula);
  static LinearForm sum(LinearForm a, const LinearForm& b);
  LinearForm scaled(LinearForm form, double factor);
  LinearForm product(const LinearForm& a, const LinearForm& b);

  /// The shortest formula for a form.
  Formula emit(const LinearForm& form);

 private:
  struct Factor {
    Formula body;
    int power = 1;
  };
  using Factors = std::vector<Factor>;

  static void add_factor(FormulaView body, int power, Factors& factors);
  static void resolve_roots(Factors& factors);
  static Formula emit_product(const Factors& factors);
  float to_float(double value);
  Formula emit_multiple(const Formula& body, double coefficient);

  bool representable_ = true;
};

}  // namespace zcmpi
