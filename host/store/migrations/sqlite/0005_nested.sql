-- Groups in groups, from either side: few among the memberships, and looked for with every change of a group. `kind`
-- is among the columns for SQLite, which takes the index that answers more of the conditions.
CREATE INDEX members_nested ON members (group_id, kind, member_id) WHERE kind = 'Group';
CREATE INDEX members_nesting ON members (member_id, kind, group_id) WHERE kind = 'Group';

-- Who is in a group through another was decided without it so far.
INSERT INTO due (user_id, connection_id, claimed_until)
    SELECT DISTINCT r.id, r.connection_id, 0 FROM members n
    JOIN members m ON m.group_id = n.member_id JOIN resources r ON r.id = m.member_id
    WHERE n.kind = 'Group' AND r.kind = 'User' AND r.active = 1
    ON CONFLICT (user_id) DO NOTHING;
