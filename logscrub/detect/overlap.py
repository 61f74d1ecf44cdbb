"""Overlapping matches become one that covers them all."""

from __future__ import annotations

from collections.abc import Collection

from logscrub.model import Match


def resolve(matches: list[Match], specific: Collection[str]) -> list[Match]:
    """Return matches that do not overlap, by start; what was covered before is covered after.

    The span of overlapping matches is their union. Its name is that of the match that covers the others, where that is
    at least as severe; otherwise, and where spans are equal, of a self-identifying token (``specific``) before all
    others, then of the more severe, the surer and the longer one.

    Args:
        matches: matches in any order.
        specific: ids of rules whose literal prefix, or whose check digit, says what they are.
    """
    if len(matches) < 2:
        return matches
    if all(match.start == matches[0].start and match.end == matches[0].end for match in matches):
        # A token under a key that says so, the commonest case by far.
        return [_better(matches, specific, matches)]
    ordered = sorted(matches, key=lambda match: (match.start, -match.end))
    clusters: list[list[Match]] = [[ordered[0]]]
    end = ordered[0].end
    for match in ordered[1:]:
        if match.start < end:
            clusters[-1].append(match)
            end = max(end, match.end)
        else:
            clusters.append([match])
            end = match.end
    return [_one(cluster, specific) for cluster in clusters]


def _covered(cluster: list[Match], secret: list[Match]) -> bool:
    """Tell whether every other match lies within a secret or around one."""
    return all(
        any(
            (one.start <= match.start and match.end <= one.end) or (match.start <= one.start and one.end <= match.end)
            for one in secret
        )
        for match in cluster
    )


def _one(cluster: list[Match], specific: Collection[str]) -> Match:
    secret = [match for match in cluster if match.category.startswith("secret.")]
    if secret and len(secret) < len(cluster) and not _covered(cluster, secret):
        # Where personal data only grazes a secret, it is the secret misread: ``password@host`` in a URL is no address.
        cluster = secret
    if len(cluster) == 1:
        return cluster[0]
    start = min(match.start for match in cluster)
    end = max(match.end for match in cluster)
    worst = max(match.severity for match in cluster)
    whole = [match for match in cluster if (match.start, match.end) == (start, end)]
    named = [match for match in whole if match.severity >= worst or match.rule in specific] or cluster
    return _better(named, specific, whole)._replace(start=start, end=end)


def _rank(match: Match) -> tuple[int, int, int, int, str, str]:
    return match.severity, match.confidence, match.end - match.start, -match.start, match.rule, match.category


def _better(named: list[Match], specific: Collection[str], whole: list[Match]) -> Match:
    """Choose the name; what the key was and whether quotes are needed comes from any match of the whole span."""
    telling = [match for match in named if match.rule in specific] or named
    best = telling[0] if len(telling) == 1 else max(telling, key=_rank)
    key = best.key or max((match.key for match in whole), default="")
    return best._replace(key=key, quote=max((match.quote for match in whole), default=""))
