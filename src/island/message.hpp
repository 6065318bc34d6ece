/// \file
/// What travels between ranks at a migration: one message holds the emigrants of all edges from one rank to another.
///
/// A message is a MessageHeader and a Boost binary archive of parcels, one an edge, in the order of the edges that both
/// sides know from the topology. Its size is bounded by what the run's shape allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "zcmpi/gp/population.hpp"

namespace zcmpi {

/// Migrants go from one island to another.
struct Edge {
  std::uint32_t source = 0;
  std::uint32_t target = 0;

  friend bool operator==(const Edge&, const Edge&) = default;
};

struct MessageHeader {
  std::uint64_t magic = 0;
  /// The generation at whose end the emigrants were chosen.
  std::uint32_t generation = 0;
  std::uint32_t parcels = 0;
  /// Of the archive behind the header.
  std::uint64_t bytes = 0;
  /// Of the generation, the number of parcels and the archive.
  std::uint64_t digest = 0;
};

/// The most bytes that a message of `parcels` parcels takes, each of up to `migrants` members.
std::size_t message_capacity(std::size_t parcels, std::size_t migrants, const PopulationShape& shape);

/// Writes a message into `buffer`, of at least message_capacity bytes; returns its size. `emigrants_of(island)` are
/// those of an island at the source of an edge.
std::size_t encode_message(std::uint32_t generation, std::span<const Edge> edges,
                           const std::function<const Population&(std::uint32_t)>& emigrants_of,
                           std::span<std::byte> buffer);

/// Called with each edge and its migrants, which are valid during the call.
using Deliver = std::function<void(const Edge&, const Population&)>;

/// Verifies a received message against what both sides agree on and hands its parcels over, in the order of the edges.
/// `scratch` has room for the members of one parcel. Throws std::runtime_error that names the sender and what differs.
void decode_message(std::span<const std::byte> message, int sender, std::uint32_t generation,
                    std::span<const Edge> edges, Population& scratch, const Deliver& deliver);

/// A population as bytes, for gathering.
std::string pack_population(const Population& population);
/// The members of packed bytes are added to `out`, which has their shape and room for them.
void unpack_population(const std::string& bytes, Population& out);

}  // namespace zcmpi
