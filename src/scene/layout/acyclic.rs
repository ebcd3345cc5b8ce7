//! Which edges of a small graph with cycles to turn round so that none are left: components first
//! (Tarjan's), then inside each the heuristic of Eades, Lin and Smyth with weights.

/// An edge between vertices and its weight.
pub(super) type Weighted = (u32, u32, u32);

/// An order of vertices `0..n` in which only edges inside cycles, few and light, go back.
pub(super) fn order(n: usize, edges: &[Weighted]) -> Vec<u32> {
    let component = components(n, edges);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); n];
    for (vertex, &c) in component.iter().enumerate() {
        members[c as usize].push(vertex as u32);
    }
    let mut inner: Vec<Vec<Weighted>> = vec![Vec::new(); n];
    for edge in edges {
        let c = component[edge.0 as usize];
        if c == component[edge.1 as usize] {
            inner[c as usize].push(*edge);
        }
    }
    // Tarjan's numbers components from the last.
    let mut order = Vec::with_capacity(n);
    for (members, inner) in members.iter().zip(&inner).rev() {
        if members.len() > 1 {
            order.extend(greedy(members, inner));
        } else {
            order.extend(members);
        }
    }
    order
}

/// The strongly connected component of each vertex, numbered so that no edge leads to a higher one.
fn components(n: usize, edges: &[Weighted]) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let mut ahead: Vec<Vec<u32>> = vec![Vec::new(); n];
    edges.iter().for_each(|&(from, to, _)| ahead[from as usize].push(to));
    let (mut index, mut low, mut component) = (vec![NONE; n], vec![0u32; n], vec![NONE; n]);
    let (mut n_indexed, mut n_components) = (0, 0);
    let (mut open, mut path): (Vec<u32>, Vec<(u32, usize)>) = (Vec::new(), Vec::new());
    // From the last, so that independent vertices end up in ascending order.
    for start in (0..n as u32).rev().filter(|_| n > 0) {
        if index[start as usize] != NONE {
            continue;
        }
        path.push((start, 0));
        while let Some((vertex, next)) = path.pop() {
            let v = vertex as usize;
            if next == 0 {
                (index[v], low[v]) = (n_indexed, n_indexed);
                n_indexed += 1;
                open.push(vertex);
            } else {
                low[v] = low[v].min(low[ahead[v][next - 1] as usize]);
            }
            let mut step = next;
            let inner = loop {
                let Some(&to) = ahead[v].get(step) else { break None };
                step += 1;
                if index[to as usize] == NONE {
                    break Some(to);
                }
                if component[to as usize] == NONE {
                    low[v] = low[v].min(index[to as usize]);
                }
            };
            if let Some(to) = inner {
                path.extend([(vertex, step), (to, 0)]);
            } else if low[v] == index[v] {
                while let Some(member) = open.pop() {
                    component[member as usize] = n_components;
                    if member == vertex {
                        break;
                    }
                }
                n_components += 1;
            }
        }
    }
    component
}

/// An order of the vertices of one component: sinks to the end, sources to the start, else what has
/// most going out beyond what comes in.
fn greedy(members: &[u32], edges: &[Weighted]) -> Vec<u32> {
    let local = |vertex: u32| members.partition_point(|&m| m < vertex);
    let edges: Vec<(usize, usize, i64)> =
        edges.iter().map(|&(from, to, w)| (local(from), local(to), i64::from(w))).collect();
    let mut ends: Vec<Vec<usize>> = vec![Vec::new(); members.len()];
    let (mut out, mut into) = (vec![0i64; members.len()], vec![0i64; members.len()]);
    for (i, &(from, to, weight)) in edges.iter().enumerate() {
        ends[from].push(i);
        ends[to].push(i);
        out[from] += weight;
        into[to] += weight;
    }
    let mut left: Vec<usize> = (0..members.len()).collect();
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let sink = left.iter().rposition(|&v| out[v] == 0);
        let found = sink.or_else(|| left.iter().position(|&v| into[v] == 0));
        let most = || (0..left.len()).max_by_key(|&i| (out[left[i]] - into[left[i]], -(i as i64)));
        let Some(at) = found.or_else(most) else { break };
        let vertex = left.remove(at);
        for &i in &ends[vertex] {
            let (from, to, weight) = edges[i];
            out[from] -= weight;
            into[to] -= weight;
        }
        if sink.is_some() { tail.push(vertex) } else { head.push(vertex) }
    }
    head.into_iter().chain(tail.into_iter().rev()).map(|v| members[v]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(n: usize, edges: &[Weighted]) -> Vec<(u32, u32)> {
        let order = order(n, edges);
        let mut place = vec![0; n];
        order.iter().enumerate().for_each(|(i, &v)| place[v as usize] = i);
        let goes_back = |e: &&Weighted| place[e.0 as usize] > place[e.1 as usize];
        edges.iter().filter(goes_back).map(|e| (e.0, e.1)).collect()
    }

    #[test]
    fn the_lightest_edge_of_a_cycle_goes_back() {
        assert_eq!(back(3, &[(0, 1, 5), (1, 2, 5), (2, 0, 1)]), [(2, 0)]);
        assert_eq!(back(3, &[(0, 1, 1), (1, 2, 5), (2, 0, 5)]), [(0, 1)]);
    }

    #[test]
    fn nothing_outside_a_cycle_goes_back() {
        // A heavy cycle behind a light one: the edge between them must not be taken for part of it.
        let edges = [(0, 1, 1), (1, 0, 1), (1, 2, 1), (2, 3, 9), (3, 2, 8)];
        assert_eq!(back(4, &edges).len(), 2);
        assert!(!back(4, &edges).contains(&(1, 2)));
    }

    #[test]
    fn an_order_without_edges_is_that_of_the_vertices() {
        assert_eq!(order(4, &[]), [0, 1, 2, 3]);
        assert_eq!(order(0, &[]), [0u32; 0]);
    }

    #[test]
    fn a_long_cycle_is_no_deep_recursion() {
        let n = 200_000u32;
        let edges: Vec<Weighted> = (0..n).map(|i| (i, (i + 1) % n, 1)).collect();
        assert!(components(n as usize, &edges).iter().all(|&c| c == 0));
    }
}
