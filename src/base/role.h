// The two parties: the server owns the weights, the client owns the input.
#pragma once

#include <cstddef>

namespace privquant {

enum class Role { server = 0, client = 1 };

constexpr Role other(Role role) { return role == Role::server ? Role::client : Role::server; }
constexpr std::size_t index_of(Role role) { return static_cast<std::size_t>(role); }

}  // namespace privquant
