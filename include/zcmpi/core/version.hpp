/// \file
/// Which zcmpi this is.
#pragma once

#include <string_view>

namespace zcmpi {

/// The version of the project, "major.minor.patch".
std::string_view version();

/// The git revision of the sources, as it was when they were built, with -dirty behind it where a tracked file had been
/// changed; empty outside a git checkout.
std::string_view git_revision();

}  // namespace zcmpi
